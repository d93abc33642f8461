"""Working memory into long-term memory: prototypes and memory potentiation (XMem, section 3.2)."""

from torch import Tensor

from xmem_gui.device import sent
from xmem_gui.memory.similarity import fold_query
from xmem_gui.memory.table import Tokens, TokenTable


def prototypes_of(table: TokenTable, candidates: Tensor, count: int) -> Tokens:
    """Make prototypes of the most used candidates.

    A prototype keeps its own key; its value and shrinkage are an average over all candidates, weighted by
    their similarity to it. An object that joined late is averaged over the candidates that know it, and
    only prototypes that stand on a frame that knew it are valid for it.

    Parameters
    ----------
    table
        The table that holds the candidates' tokens.
    candidates
        Which tokens of the table are candidates, (size,) bool, on the host.
    count
        P; fewer are made of fewer candidates.

    Returns
    -------
    Tokens
        The prototypes, without selection.
    """
    here = candidates.nonzero()[:, 0]
    rows = sent(here, table.device)
    most_used = table.usage()[rows].topk(min(count, len(rows))).indices
    chosen = rows[most_used]
    query = fold_query(table.column("key")[chosen].float(), table.column("selection")[chosen].float())
    scores = table.column("folded")[rows].float() @ query.t()
    everyone = scores.softmax(0)
    chosen_here = chosen.cpu()
    values: dict[int, Tensor] = {}
    valid: dict[int, Tensor] = {}
    for name in table.objects:
        known = table.valid(name)[here]
        if not bool(known.any()):
            continue
        value = table.value(name)[rows]
        affinity = (
            everyone
            if bool(known.all())
            else scores.masked_fill(~sent(known, table.device)[:, None], float("-inf")).softmax(0)
        )
        valid[name] = table.valid(name)[chosen_here]
        values[name] = (affinity.t().to(value.dtype) @ value) * sent(valid[name], table.device)[:, None]
    return Tokens(
        key=table.column("key")[chosen],
        shrinkage=(everyone.t() @ table.column("shrinkage")[rows].float()).to(
            table.column("shrinkage").dtype
        ),
        selection=None,
        values=values,
        valid=valid,
    )
