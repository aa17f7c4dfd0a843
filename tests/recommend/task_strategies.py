"""Hypothesis strategies that draw tasks."""

from __future__ import annotations

from hypothesis import strategies as st

from ce_core.errors import CepickError
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

VALUES = {
    "label_base": st.sampled_from([0, 1]),
    "classes": st.integers(1, 10**6),
    "units": st.integers(1, 10**6),
    "class_axis": st.one_of(
        st.integers(-3, 3), st.lists(st.integers(-3, 3), min_size=2, max_size=3, unique=True).map(tuple)
    ),
    "ignore_index": st.integers(-1000, 1000),
    "imbalance": st.one_of(st.booleans(), st.floats(1, 1e6)),
    "weights": st.lists(st.sampled_from(["sample", "class", "positive"]), unique=True).map(tuple),
}


def values(name: str) -> st.SearchStrategy[object]:
    return VALUES[name] if name in VALUES else st.sampled_from(list(PROPERTIES[name].answers))


@st.composite
def possible_tasks(draw: st.DrawFn) -> Task:
    """Draw properties one at a time, leaving out those that contradict the ones already drawn."""
    task = Task()
    for name in draw(st.permutations(list(PROPERTIES)))[: draw(st.integers(0, 8))]:
        try:
            task = task.but(**{name: draw(values(name))})
        except CepickError:
            continue
    return task
