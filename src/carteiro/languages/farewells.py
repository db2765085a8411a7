"""The one sentence that the protocol itself says to a person: that they have signed out."""

from __future__ import annotations

SIGNED_OUT = {
    "ar": "لقد سجّلت خروجك بنجاح.",
    "cs": "Odhlášení proběhlo úspěšně.",
    "de": "Sie haben sich erfolgreich abgemeldet.",
    "en": "You have successfully signed out.",
    "es": "Has cerrado sesión correctamente.",
    "fa-IR": "با موفقیت از حساب خود خارج شدید.",
    "fr": "Votre déconnexion a réussi.",
    "it": "La disconnessione è riuscita.",
    "ja": "サインアウトしました。",
    "ko": "로그아웃되었습니다.",
    "pl-PL": "Wylogowanie powiodło się.",
    "pt-PT": "A sua sessão foi terminada.",
    "pt-BR": "Você saiu da sua conta.",
    "ru": "Вы успешно вышли из системы.",
    "th": "คุณออกจากระบบเรียบร้อยแล้ว",
    "tr-TR": "Oturumunuz başarıyla kapatıldı.",
    "uk-UA": "Ви успішно вийшли із системи.",
    "zh-CN": "您已成功退出登录。",
    "zh-HK": "您已成功登出帳戶。",
    "zh-TW": "您已成功登出。",
}
"""By the tag of a built-in language, each of which is there."""
