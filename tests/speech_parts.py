"""How each language is written in the texts of the pages: its letters, marks, voice and names."""

from __future__ import annotations

from dataclasses import dataclass, field

_AS_IN_ENGLISH = {".": ".", "?": "?", ":": ":"}
_ARABIC = {".": ".", "?": "؟", ":": ":"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One language. ``foreign`` and ``other_voices`` are patterns of what is never in a text."""

    script: tuple[str, ...] = ("LATIN",)
    """How the Unicode names of its letters begin."""
    ends: dict[str, str] = field(default_factory=lambda: _AS_IN_ENGLISH)
    """By what a sentence, a question and an announcement end."""
    foreign: str | None = None
    """Letters and marks that look right and are another language's."""
    other_voices: str
    """The other form of address, the other word for a thing."""
    names: dict[str, str]
    """What a text says where English speaks of a thing: one name for each."""
    borrowed: frozenset[str] = frozenset()
    """Texts that are the same in English."""


SPEECH = {
    "de": Speech(
        other_voices=r"\b(du|dich|dir|[Dd]ein\w*|[Kk]ennw\w+|[Ee]-?[Mm]ail)\b(?<!E-Mail)",
        names={
            "password": "passw[oö]rt",
            "code": "code",
            "account": "kont[oe]",
            "username": "benutzername",
            "email": "e-mail",
        },
        borrowed=frozenset({"Code", "Name", "Passkey", "Passkeys", "Support", "Website"}),
    ),
    "fr": Speech(
        # A sign that stands apart must not begin a line: the space before it is one that holds.
        foreign=r"(?<!\u00a0)[:;?!]",
        other_voices=r"\b(tu|toi|ton|ta|tes|courriels?|(?<![Ee]-)mails?|emails?|identifiants?)\b",
        names={
            "password": "mots? de passe",
            "code": "code",
            "account": "compte",
            "username": "noms? d’utilisateur",
            "email": "e-mail",
        },
        borrowed=frozenset({"Code", "Sessions"}),
    ),
    "es": Speech(
        # Questions are opened as well as closed.
        foreign=r"^[^¿]*\?",
        other_voices=r"\b(usted(es)?|e-?mails?|claves? de acceso|Introduzca|ordenador)\b",
        names={
            "password": "contraseña",
            "code": "código",
            "account": "cuenta",
            "username": "nombre de usuario",
            "email": "correo",
        },
        borrowed=frozenset({"No"}),
    ),
    "it": Speech(
        other_voices=r"\b(Lei|Suo|Sua|[Ii]nserisca|[Aa]cceda|[Ee]-mail|parol[ae] d.ordine)\b",
        names={
            "password": "password",
            "code": "codic[ei]",
            "account": "account",
            "username": "nome utente",
            "email": "email",
        },
        borrowed=frozenset({"No", "Passkey", "Password", "passkey"}),
    ),
    "pt-BR": Speech(
        other_voices=r"\b(tu|teus?|tuas?|palavras?-passe|telemóvel|[Ee]mail|utilizador|ecrã)\b",
        names={
            "password": "senha",
            "code": "código",
            "account": "conta",
            "username": "nome de usuário",
            "email": "e-mail",
        },
    ),
    "pt-PT": Speech(
        other_voices=r"\b(tu|teus?|tuas?|[Vv]ocê|[Ss]enhas?|celular|[Ee]-mail|usuário|tela)\b",
        names={
            "password": "palavras?-passe",
            "code": "código",
            "account": "conta",
            "username": "nome de utilizador",
            "email": "email",
        },
        borrowed=frozenset({"Email", "email"}),
    ),
    "pl-PL": Speech(
        # Nobody is asked whether they are a man or a woman by the ending of a verb.
        other_voices=r"\b(Pan\w*|[Ee]mail\w*|(?<!-)[Mm]ail\w*|\w+ł(eś|aś|am)|\w+(?<![Hh]as)łem)\b",
        names={
            "password": "hasł|haseł",
            "code": "kod",
            "account": "kon[tc]",
            "username": "nazw. użytkownika",
            "email": "e-mail",
        },
    ),
    "cs": Speech(
        # As in Polish: no verb whose ending takes a person for a man or a woman.
        other_voices=r"\b(ty|tv(ůj|oje|á|é|ou|ého|ému|ým)|tob[eě]|tebe|jste \w+li|\w+li jste|[Ee]mail\w*)\b",
        names={
            "password": "hesl|hesel",
            "code": "kód",
            "account": "účet|účt",
            "username": "uživatelské(ho|m)? jmén[oaě]",
            "email": "e-mail",
        },
    ),
    "ar": Speech(
        script=("ARABIC",),
        ends=_ARABIC,
        foreign="[?,;%یکگچپژ]",
        other_voices="كلمة السر|الايميل|إيميل|إستخدام|الغاء|اضافة|ادخل",
        names={
            "password": "كلم(ة|ات|تا) (ال)?مرور",
            "code": "رمز|رموز",
            "account": "حساب",
            "username": "اسم (ال)?مستخدم",
            "email": "بريد",
        },
    ),
    "fa-IR": Speech(
        script=("ARABIC",),
        ends=_ARABIC,
        foreign="[?,;%يكةى]",
        # The second: a prefix of a verb that stands apart where it is joined without a space.
        other_voices=r"(^|\s)(تو|پسورد|گذرواژه|کلمه عبور|اکانت|ن?می)(\s|$)",
        names={
            "password": "رمز عبور",
            "code": "کد",
            "account": "حساب",
            "username": "نام کاربری",
            "email": "ایمیل",
        },
    ),
}
"""By tag, each language that has texts of its own."""
