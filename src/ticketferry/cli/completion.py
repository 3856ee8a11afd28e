"""`ticketferry completion`: a script that completes commands in a shell."""

import click

from ticketferry.cli.app import App, examples, pass_app

__all__ = ["completion"]


@click.command(
    epilog=examples(
        'eval "$(ticketferry completion bash)"          in ~/.bashrc',
        'eval "$(ticketferry completion zsh)"           in ~/.zshrc',
        "ticketferry completion fish > ~/.config/fish/completions/ticketferry.fish",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_app
def completion(app: App, shell: str) -> None:
    """Print a script that completes commands, options and plan names in your shell."""
    from click.shell_completion import get_completion_class

    from ticketferry.cli import cli

    completion_class = get_completion_class(shell)
    assert completion_class is not None
    maker = completion_class(cli, {}, "ticketferry", "_TICKETFERRY_COMPLETE")
    app.console.stream([maker.source_template % maker.source_vars(), "\n"])
