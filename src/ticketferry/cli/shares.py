"""Shares as options: `5%`, `0.5%`."""

import re
from typing import Any

import click

__all__ = ["ShareType"]

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


class ShareType(click.ParamType[float]):
    """A share written with a per cent sign; its value lies between 0 and 1."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read `5%` as 0.05."""
        if isinstance(value, float):
            return value
        match = _SHARE.fullmatch(str(value).strip())
        if match is None or float(match[1]) > 100:
            self.fail(f"{value!r} is no share; write 5%", param, ctx)
        return float(match[1]) / 100
