"""Words that logs in several languages use for the built-in channels.

A word stands for a channel if it is all that a log writes, or one of its words. Of two such words the one
that is listed first counts, so the more specific one (`direct mail`) is before the general one.
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
            "voicemail, voice mail, mailbox, answering machine, vm, vmail, anrufbeantworter, "
            "messagerie vocale, répondeur, buzón de voz, contestador, segreteria, telefonsvarare, "
            "poczta głosowa"
        ),
        "video": _words(
            "video, videocall, video call, videoconference, videoanruf, videokonferenz, visio, "
            "visioconférence, videollamada, videochiamata, videogesprek, videosamtal, wideorozmowa, "
            "zoom, webex, facetime, teams, ms teams, google meet, skype"
        ),
        "sms": _words(
            "sms, mms, rcs, text message, txt, texting, texted, textnachricht, kurznachricht, "
            "kurzmitteilung, texto, mensaje de texto, mensagem de texto, messaggino, tekstbericht, "
            "smsbericht, textmeddelande, tekstbesked, tekstiviesti, esemeska"
        ),
        "letter": _words(
            "letter, letters, direct mail, snail mail, snailmail, postal mail, registered mail, post, "
            "postalisch, postcard, postkarte, brief, briefe, briefpost, anschreiben, einschreiben, "
            "lettre, lettre recommandée, courrier, courrier postal, carta, carta certificada, correo "
            "postal, correos, lettera, raccomandata, posta, posta ordinaria, posta cartacea, brev, "
            "dopis, kirje, aangetekend, aangetekende brief, correio, poczta"
        ),
        "email": _words(
            "email, e mail, mail, emails, mails, mailed, eml, newsletter, mailing, courriel, mél, "
            "mel, courrier électronique, correo, correo electrónico, correio eletrónico, correio "
            "eletrônico, posta elettronica, pec, e post, epost, e posti, sähköposti, mejl, mejlet, e "
            "pošta, poczta elektroniczna, elektronische post"
        ),
        "chat": _words(
            "chat, live chat, webchat, whatsapp, whats app, wa, wapp, whatsapp business, messenger, "
            "telegram, signal, wechat, viber, imessage, threema"
        ),
        "social": _words(
            "social, social media, linkedin, li, inmail, facebook, fb, instagram, ig, insta, twitter, "
            "xing, tiktok"
        ),
        "push": _words(
            "push, push notification, app notification, notification push, push nachricht, push "
            "benachrichtigung, notifica push, notificación push"
        ),
        "in-person": _words(
            "in person, face to face, f2f, on site, onsite, visit, visits, meeting in person, "
            "persönlich, vor ort, besuch, hausbesuch, visite, visite à domicile, en personne, en face "
            "à face, visita, en persona, presencial, di persona, bezoek, huisbezoek, besök, besøg, "
            "besøk, wizyta, käynti"
        ),
        "phone": _words(
            "phone, phoned, call, calls, called, calling, cell, cellphone, mobile, landline, dial, "
            "dialer, telephone, telephony, tele, tel, telf, tfno, tlf, tfn, tlfn, phn, ph, voip, gsm, "
            "telefon, telefonat, telefonie, telefonisch, fernsprecher, fon, festnetz, rufnummer, "
            "anruf, anrufe, rückruf, handy, mobil, mobiltelefon, mobilfunk, mob, natel, téléphone, "
            "téléph, tél, appel, appels, portable, teléfono, llamada, llamadas, móvil, telefono, "
            "chiamata, telefonata, cellulare, cell, fono, telefone, ligação, chamada, telemóvel, "
            "celular, telefoon, telefonisch contact, bellen, gebeld, mobiel, samtal, telefonsamtal, "
            "opkald, opringning, puhelin, puhelu, puh, soitto, telefonu, rozmowa, telefoniczna, "
            "hovor, telefonát, τηλέφωνο, телефон, звонок"
        ),
    }
)
"""For each channel its words, folded, with spaces between them.

They are from English, German, French, Spanish, Italian, Portuguese, Dutch, the Nordic languages, Polish and
Czech, with abbreviations and the names of products.
"""
