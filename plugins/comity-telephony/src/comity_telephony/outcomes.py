"""The results of calls, in the words of the field, from the words that switches and carriers use.

Whether somebody spoke with the person is never taken from how long a call was: only a word that says so, in
the disposition, in a field of the user's own or in Twilio's `answered_by`, makes it a conversation.
"""

from __future__ import annotations

from typing import Final

UNCONNECTED: Final = "unconnected"
NO_ANSWER: Final = "no-answer"
ANSWERED: Final = "answered-unknown"
"""Somebody or something answered, and the log does not say which."""
CONVERSATION: Final = "conversation"
VOICEMAIL: Final = "voicemail"

OUTCOMES: Final = {
    "busy": UNCONNECTED,
    "failed": UNCONNECTED,
    "congestion": UNCONNECTED,
    "user-busy": UNCONNECTED,
    "unallocated-number": UNCONNECTED,
    "canceled": UNCONNECTED,
    "no-answer": NO_ANSWER,
    "answered": ANSWERED,
    "completed": ANSWERED,
    "normal-clearing": ANSWERED,
}
"""By the word for how a call ended; other words stay as they are."""
SAID: Final = {
    "human": CONVERSATION,
    "conversation": CONVERSATION,
    "machine": VOICEMAIL,
    "machine-start": VOICEMAIL,
    "machine-end-beep": VOICEMAIL,
    "machine-end-silence": VOICEMAIL,
    "machine-end-other": VOICEMAIL,
    "voicemail": VOICEMAIL,
}
"""Words that say who answered."""


def outcome_of(ended: str, *said: str, answered: bool | None = None) -> str:
    """Return the outcome for the word of how a call ended and for words that may say who answered.

    A call that was not `answered` (where the log tells) has no words about who did. An empty word gives an
    empty outcome.
    """
    word = ended.strip().casefold().replace("_", "-").replace(" ", "-")
    outcome = OUTCOMES.get(word, word)
    if answered is False and outcome == ANSWERED:
        outcome = NO_ANSWER
    if outcome in (ANSWERED, *SAID.values()):
        for text in (word, *said):
            found = SAID.get(text.strip().casefold().replace("_", "-").replace(" ", "-"))
            if found is not None:
                return found
    return outcome
