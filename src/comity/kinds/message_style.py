"""`message-style`: what a message may say, and how long it may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from comity.plan import Exists, Field, Local, TextRequirements, Wording, all_of
from comity.plan.constraints.text_requirements import phrase_words
from comity.plan.selectors import FieldType
from comity.policy.kind import Limit, Lowered, PhraseChoice, RuleContext, SelectorRef
from comity.records import frozen


@frozen
class MessageStyle:
    """The text of a `contact` keeps to a length, avoids some phrases and contains others.

    Phrases and text are compared word by word, without case. An absent text is not judged.
    """

    kind: ClassVar[str] = "message-style"

    contact: SelectorRef
    field: str = "text"
    max_words: Limit | None = None
    max_characters: Limit | None = None
    forbid_phrases: tuple[str, ...] | None = None
    require_phrases: tuple[PhraseChoice, ...] | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a predicate of the text."""
        contact = rule.contact(self.contact)
        limits = (self.max_words, self.max_characters, self.forbid_phrases, self.require_phrases)
        if all(limit is None for limit in limits):
            rule.fault(
                "missing-key",
                "a message style asks for nothing",
                help="give `max-words`, `max-characters`, `forbid-phrases` or `require-phrases`",
            )
        choices = [(phrase,) if isinstance(phrase, str) else phrase for phrase in self.require_phrases or ()]
        _check_phrases(rule, "forbid-phrases", self.forbid_phrases)
        _check_phrases(rule, "require-phrases", self.require_phrases)
        wanted = TextRequirements(
            self.field,
            self.max_words,
            self.max_characters,
            tuple(phrase_words(phrase) for phrase in self.forbid_phrases or ()),
            tuple(tuple(phrase_words(phrase) for phrase in choice) for choice in choices),
        )
        required = "; ".join(
            filter(
                None,
                (
                    f"at most {self.max_words} words" if self.max_words is not None else "",
                    f"at most {self.max_characters} characters" if self.max_characters is not None else "",
                    "no forbidden phrase" if self.forbid_phrases else "",
                    "the required phrases" if self.require_phrases else "",
                ),
            )
        )
        wording = Wording(
            required=required, message="The text of the {event}: {measured}; required: " + required + "."
        )
        has_text = Exists(Field(self.field, attribute=True))
        return Lowered(all_of(contact, has_text), Local(wanted, wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare the field that holds the text."""
        return {self.field: "text"}


def _check_phrases(rule: RuleContext, key: str, phrases: tuple[PhraseChoice, ...] | None) -> None:
    if phrases is not None and not phrases:
        rule.fault("bad-value", "an empty list of phrases asks for nothing", key)
    for index, phrase in enumerate(phrases or ()):
        for inner, text in enumerate((phrase,) if isinstance(phrase, str) else phrase):
            if not phrase_words(text):
                keys = (key, index) if isinstance(phrase, str) else (key, index, inner)
                rule.fault("bad-value", f"`{text}` is a phrase without a word", *keys)
