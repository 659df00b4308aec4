"""Un vigilante de fuera: avisa cuando la plataforma deja de dar su pulso. Sin Django, sin base y sin sus secretos.

Corre en otro equipo (o, al menos, en otro proceso): lo único que necesita es ver el fichero del pulso o poder pedir
una dirección, y por dónde avisar.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from dominio.errores import ErrorServicio
from dominio.reloj import Reloj

Leer = Callable[[], "datetime | None"]
Avisar = Callable[[str], bool]
PLAZO_S = 5.0


class Estado(msgspec.Struct, frozen=True, kw_only=True):
    """Qué se ve: si vive, cuánto hace de su último pulso (None si nunca lo dio) y si se avisó en esta mirada."""

    vive: bool
    hace_s: float | None
    avisado: bool = False


class Vigilante:
    """Mira, avisa al morir, insiste mientras siga muerta y cuenta que volvió. ``leer`` devuelve la hora del pulso.

    Al empezar se le concede una tolerancia entera: la plataforma puede estar arrancando.
    """

    def __init__(
        self, *, leer: Leer, avisar: Avisar, reloj: Reloj, tolerancia_s: float = 45.0, repetir_s: float = 900.0
    ) -> None:
        self._leer, self._avisar, self._reloj = leer, avisar, reloj
        self._tolerancia_s, self._repetir_s = tolerancia_s, repetir_s
        self._visto = reloj.monotonico()
        self._pulso: datetime | None = None
        self._muerta = False
        self._avisado_en: float | None = None

    def mirar(self) -> Estado:
        """Devuelve lo que se ve ahora. No se fía de la hora del otro equipo: cuenta desde que el pulso cambió."""
        ahora = self._reloj.monotonico()
        leido = self._leer()
        if leido is not None and leido != self._pulso:
            self._pulso, self._visto = leido, ahora
        hace_s = ahora - self._visto
        if hace_s <= self._tolerancia_s:
            return Estado(vive=True, hace_s=self._hace(hace_s), avisado=self._contar_que_volvio(hace_s))
        return Estado(vive=False, hace_s=self._hace(hace_s), avisado=self._contar_que_murio(hace_s, ahora))

    def _hace(self, hace_s: float) -> float | None:
        return None if self._pulso is None else hace_s

    def _contar_que_murio(self, hace_s: float, ahora: float) -> bool:
        self._muerta = True
        if self._avisado_en is not None and ahora - self._avisado_en < self._repetir_s:
            return False
        salio = self._avisar(
            f"Timonel no da señales desde hace {hace_s:.0f} s. Puede haber una posición abierta sin nadie al mando. "
            "Le toca: mirar el equipo y, si no se recupera, «python -m timonel.alto» o la página de la sede."
        )
        if salio:  # si no salió, se insiste en la próxima mirada
            self._avisado_en = ahora
        return salio

    def _contar_que_volvio(self, hace_s: float) -> bool:
        if not self._muerta:
            return False
        salio = self._avisado_en is None or self._avisar("Timonel vuelve a dar señales.")
        if salio:
            self._muerta, self._avisado_en = False, None
        return salio


def del_fichero(ruta: Path) -> "datetime | None":
    """Devuelve la hora del pulso escrita en el fichero, o None si no está o no se entiende."""
    try:
        return datetime.fromisoformat(json.loads(ruta.read_text(encoding="utf-8"))["en"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def de_la_direccion(url: str, reloj: Reloj) -> "datetime | None":
    """Devuelve la hora del pulso que da la dirección o, si responde bien sin decir hora, la de ahora. None si no."""
    import requests

    try:
        respuesta = requests.get(url, timeout=PLAZO_S, allow_redirects=False)
    except requests.RequestException:
        return None
    if not 200 <= respuesta.status_code < 300:
        return None
    try:
        return datetime.fromisoformat(respuesta.json()["en"])
    except (ValueError, KeyError, TypeError):
        return reloj.ahora()


def por_apprise(direcciones: list[str]) -> Avisar:
    """Devuelve cómo avisar por esas direcciones de Apprise.

    Raises:
        ErrorServicio: VIG-01 si alguna no se entiende.
    """
    import apprise

    envio: Any = apprise.Apprise()
    if not direcciones or not all(envio.add(direccion) for direccion in direcciones):
        raise ErrorServicio(
            "VIG-01",
            "No hay por dónde avisar, o una dirección no se entiende.",
            "Ponga direcciones de Apprise en TIMONEL_VIGILANTE_URLS o en TIMONEL_APPRISE_URLS.",
        )

    def avisar(texto: str) -> bool:
        return bool(envio.notify(title="Timonel", body=texto, notify_type=apprise.NotifyType.FAILURE))

    return avisar
