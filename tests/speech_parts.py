"""How each language is written in the texts of the pages: its letters, marks, voice and names."""

from __future__ import annotations

from dataclasses import dataclass, field

_AS_IN_ENGLISH = {".": ".", "?": "?", ":": ":"}
_ARABIC = {".": ".", "?": "؟", ":": ":"}
_CHINESE = {".": "。", "?": "？", ":": "："}


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
    "ja": Speech(
        script=("CJK", "HIRAGANA", "KATAKANA"),
        ends=_CHINESE,
        foreign="[?!;]|[\uac00-\ud7af]",
        other_voices="ログイン|ユーザ名|暗証番号|電子メール|検証コード",
        names={
            "password": "パスワード",
            "code": "コード|番号",
            "account": "アカウント",
            "username": "ユーザー名",
            "email": "メール",
        },
    ),
    "ko": Speech(
        script=("HANGUL",),
        other_voices="암호|패스워드|전자 ?메일|아이디|귀하|하십시오|해요",
        names={
            "password": "비밀번호",
            "code": "코드|번호",
            "account": "계정",
            "username": "사용자 이름",
            "email": "이메일",
        },
    ),
    "zh-CN": Speech(
        script=("CJK",),
        ends=_CHINESE,
        foreign="[?!;]|[帳號碼錄電郵驗證這個們過]",
        other_voices="你|帐户|帐号|账号|口令|电子邮件地址",
        names={
            "password": "密码",
            "code": "码",
            "account": "账户",
            "username": "用户名",
            "email": "邮",
        },
    ),
    "zh-TW": Speech(
        script=("CJK",),
        ends=_CHINESE,
        foreign="[?!;]|[码户账这们过时验证录邮]",
        other_voices="你|帳戶|賬戶|用戶(?!端)|登錄|電郵|短訊|信息",
        names={
            "password": "密碼",
            "code": "碼",
            "account": "帳號",
            "username": "使用者名稱",
            "email": "郵件",
        },
    ),
    "zh-HK": Speech(
        script=("CJK",),
        ends=_CHINESE,
        foreign="[?!;]|[码户账这们过时验证录邮]",
        other_voices="您|帳號|賬戶|使用者|登錄|電子郵件|簡訊|信息",
        names={
            "password": "密碼",
            "code": "碼",
            "account": "帳戶",
            "username": "用戶名稱",
            "email": "電郵",
        },
    ),
    "ru": Speech(
        script=("CYRILLIC",),
        foreign="[іїєґІЇЄҐ]",
        other_voices=r"\b(ты|тебе|тво\w+|аккаунт\w*|логин\w*|и?м[эе]йл\w*|юзер\w*)\b",
        names={
            "password": "парол",
            "code": "код",
            "account": "учётн",
            "username": "им(я|ени) пользователя|новое имя",
            "email": "почт|письм|адрес",
        },
    ),
    "uk-UA": Speech(
        script=("CYRILLIC",),
        foreign="[ыэъёЫЭЪЁ']",
        other_voices=r"\b(ти|тобі|тво\w+|акаунт\w*|аккаунт\w*|логін\w*|мейл\w*)\b",
        names={
            "password": "парол",
            "code": "код",
            "account": "обліков",
            "username": "ім(’я|ені) користувача|нове ім’я",
            "email": "пошт|лист|адрес",
        },
    ),
    "tr-TR": Speech(
        other_voices=r"\b([Şş]ifre\w*|[Gg]iriş yap\w*|[Ee]posta\w*|[Ee]mail\w*|sen|senin)\b",
        names={
            "password": "parola",
            "code": "kod",
            "account": "hesa[bp]",
            "username": "kullanıcı adı",
            "email": "e-posta",
        },
    ),
    "th": Speech(
        script=("THAI",),
        # Thai sentences end by a space, so that there is nothing to hold.
        ends={"?": "?", ":": ":"},
        other_voices="อีเมล์|พาสเวิร์ด|แอคเคาท์|ล็อกอิน|(?<!เ)ท่าน|เข้าสู่ระบบ",
        names={
            "password": "รหัสผ่าน",
            "code": "รหัส",
            "account": "บัญชี",
            "username": "ชื่อผู้ใช้",
            "email": "อีเมล",
        },
    ),
}
"""By tag, each language that has texts of its own."""
