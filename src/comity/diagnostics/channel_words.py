"""Words by which logs in several languages name the channels that are built in.

A word stands for a channel where it is the whole of what a log writes, or one of its words. Of two such words
the one that is listed first counts, so that what is particular (`direct mail`) goes before the general.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(","))


CHANNEL_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "voicemail": _words(
            "voicemail, voice mail, mailbox, answering machine, anrufbeantworter, messagerie vocale, "
            "répondeur, buzón de voz, contestador, segreteria"
        ),
        "video": _words(
            "video, videocall, videoconference, videoanruf, videokonferenz, visio, visioconférence, "
            "videollamada, videochiamata, zoom, webex, facetime"
        ),
        "sms": _words(
            "sms, mms, text message, txt, textnachricht, kurznachricht, texto, mensaje de texto, messaggino"
        ),
        "letter": _words(
            "letter, direct mail, snail mail, postal mail, post, brief, lettre, courrier, carta, "
            "lettera, brev"
        ),
        "email": _words(
            "email, e mail, mail, emails, mails, newsletter, courriel, mél, correo, correo "
            "electrónico, posta elettronica, e post, epost"
        ),
        "chat": _words("chat, live chat, webchat, whatsapp, messenger, telegram, signal, wechat"),
        "social": _words("social, linkedin, inmail, facebook, instagram, twitter, xing"),
        "push": _words("push, push notification, app notification, notification push, push nachricht"),
        "in-person": _words(
            "in person, face to face, on site, visit, persönlich, vor ort, besuch, visite, en "
            "personne, visita, en persona, di persona"
        ),
        "phone": _words(
            "phone, call, calls, called, cell, mobile, landline, dial, dialer, telephone, telefon, "
            "telefonat, anruf, handy, mobil, téléphone, tél, appel, portable, teléfono, llamada, "
            "móvil, telefono, chiamata, telefonata, telefone, ligação, telefoon"
        ),
    }
)
"""For each channel its words, folded, with spaces between: English, German, French, Spanish, Italian,
Portuguese, Dutch and Swedish, and the names of products."""
