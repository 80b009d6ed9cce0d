"""Batches into effects: each once, poison alone, waiting in place."""

from __future__ import annotations

import pytest

from shared.identifiers import new_id
from tests.component.messaging.houses import OurHouse
from tests.waiting import eventually

pytestmark = pytest.mark.servers


def test_a_batch_becomes_effects_once(ours: OurHouse) -> None:
    message = new_id()
    with ours.start():
        ids = ours.send_batch([{"version": number} for number in range(50)], message_id=message)
        eventually(lambda: ours.effects() == ids)
        ours.send_batch([{}], message_id=message)
        marker = ours.send()
        eventually(lambda: marker in ours.effects())
    assert ours.effects() == [*ids, marker]
    assert ours.waiting() == 0
