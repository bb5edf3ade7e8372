"""Where interventions that came from TinyReFT edit a prompt, as pyreft wants to be told."""
from pyreft.dataset import parse_positions


def locations(reft, n):
    """For each intervention its positions in a prompt of n tokens, by the paper's section 4.1."""
    positions, sharing = reft.config.tinyreft["positions"], reft.config.tinyreft["sharing"]
    count = len(reft.interventions)
    if positions == "all":
        return [list(range(n))] * count
    p, s = parse_positions(positions)
    if p + s > n:
        p, s = min(p, n // 2), min(s, (n + 1) // 2)
    prefix, suffix = list(range(p)), list(range(n - s, n))
    if sharing == "side" and "f" in positions and "l" in positions:
        return [prefix] * (count // 2) + [suffix] * (count // 2)
    return [prefix + suffix] * count
