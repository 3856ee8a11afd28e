"""REST for connectors: what a list is and how it goes on is declared; asking, going on, resuming and ending is done here.

`requests`: a request as data. `paginators`: the ways in which lists go on. `client`: one desk, its answers parsed, its lists read.
`streams`: streams of a source, declared. `parallel`, `record_pace`, `budgets`, `second_look`: what nearly every desk needs besides.
"""

__all__: list[str] = []
