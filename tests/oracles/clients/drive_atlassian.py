"""Call methods of atlassian-python-api in turn and print, for each, what it gave or how it failed.

On standard input: {"url": ..., "user": ..., "token": ..., "calls": [["desk.get_info", ARGUMENT...], ...]}; an object as the
last argument holds arguments by name.
"""

import json
import sys

from atlassian import Jira, ServiceDesk

asked = json.load(sys.stdin)
login = {"url": asked["url"], "username": asked["user"], "password": asked["token"], "cloud": True}
roots = {"desk": ServiceDesk(**login), "jira": Jira(**login)}
answers = []
for name, *parameters in asked["calls"]:
    owner, method = name.split(".")
    named = parameters.pop() if parameters and isinstance(parameters[-1], dict) else {}
    try:
        answers.append({"name": name, "value": getattr(roots[owner], method)(*parameters, **named)})
    except Exception as error:  # noqa: BLE001 - whatever the client makes of an answer is what the test looks at
        answers.append({"name": name, "error": f"{type(error).__name__}: {error}"})
json.dump(answers, sys.stdout)
