"The phases of a member: what is not in the table is refused."

from __future__ import annotations

from itertools import product

import pytest

from scheduler.cluster.lifecycle import TABLE, MemberEvent, Phase, after
from scheduler.errors import Code, WorkloadError


@pytest.mark.parametrize(("phase", "event"), list(product(Phase, MemberEvent)))
def test_every_phase_knows_what_each_event_means(phase: Phase, event: MemberEvent) -> None:
    if (phase, event) in TABLE:
        assert after(phase, event, "m") is TABLE[phase, event]
    else:
        with pytest.raises(WorkloadError) as refusal:
            after(phase, event, "m")
        assert refusal.value.code is Code.WRONG_STATE


def test_nothing_follows_the_end() -> None:
    assert not [phase for phase, _ in TABLE if phase is Phase.ENDED]
