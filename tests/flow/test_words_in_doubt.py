"""Words of somebody in doubt: under a placeholder of their own where the target sets authors, never under the account that migrates."""

from tests.flow.neutral_desks import to_jira, to_zendesk

from ticketferry.project import stages


def talk(ferry):
    """Ann and Kim share a mailbox and are not one; Ann asks, and both answer Lee."""
    ann = ferry.person(1, "Ann", "info@one.example")
    kim = ferry.person(2, "Kim", "info@one.example")
    lee = ferry.person(3, "Lee", "lee@two.example")
    ferry.ticket(1, ann, "Ann's question")
    ferry.ticket(2, lee, "Lee's question")
    for number, (ref, words) in enumerate(((ann, "Ann's answer"), (kim, "Kim's answer"))):
        comment = {
            "ticket": "acme:ticket:2", "author": ref, "public": True, "body": {"html": f"<p>{words}</p>"},
            "created": f"2024-01-01T0{number + 1}:00:00Z",
        }  # fmt: skip
        ferry.desk.put("comment", 201 + number, comment, ("ticket", 2))


def said(state):
    """Who says what: name of the author -> words, our own marks left out."""
    names = {row["id"]: (row["name"], row["email"]) for row in state.lists["users"].values()}
    return {
        event["plain_body"]: names[event["author_id"]]
        for number in state.heads
        for audit in state.case(number).audits
        for event in audit["events"]
        if event["type"] == "Comment" and event["public"]
    }


def test_words_in_doubt_stand_under_a_placeholder_and_the_decision_stays_open(tmp_path):
    with to_zendesk(tmp_path) as ferry:
        before = ferry.target.dump()
        talk(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.outcomes()["ticket"] == {"create": 1, "reject": 1}
            assert {item.code for item in plan.findings()} >= {"P310", "P322"}
            stages.apply(project, plan)
            assert stages.verify(project).same
            assert said(ferry.target.state) == {
                "Lee's question": ("Lee", "lee@two.example"),
                "Ann's answer": ("Ann (former)", "former-1~unsure@placeholder.invalid"),
                "Kim's answer": ("Kim (former)", "former-2~unsure@placeholder.invalid"),
            }
            assert ferry.plan(project).endpoint_counts() == {}
        ferry.decide("acme:person:1,,,,separate,,", "acme:person:2,,,,leave,,")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.outcomes()["ticket"].get("create") == 1
            stages.apply(project, plan)
            assert stages.verify(project).same
            assert said(ferry.target.state)["Ann's question"] == ("Ann", "info@one.example")
            for row in reversed(project.plan_rows()):
                if row["kind"] == "apply" and row["state"] == "applied":
                    back = stages.plan_rollback(project, row["id"])
                    stages.apply(project, back)
        people = ferry.target.dump()["users"]
        assert [row for row in people if "placeholder" in str(row)] == []
        assert before["users"].keys() == people.keys()


def test_a_target_that_sets_no_authors_keeps_the_line_over_the_words(tmp_path):
    with to_jira(tmp_path) as ferry:
        talk(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert "P322" not in {item.code for item in plan.findings()}
            stages.apply(project, plan)
            assert stages.verify(project).same
        texts = [
            str(comment.body) for issue in ferry.target.state.issues.values() for comment in issue.comments
        ]
        assert any("Ann \u00b7" in text and "Ann's answer" in text for text in texts)
        assert not [account for account in ferry.target.state.accounts.values() if "unsure" in account.email]
