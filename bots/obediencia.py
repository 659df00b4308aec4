"""Quien obedece lo que se pide desde el panel, la API o WhatsApp: filas de ``ordenes_mando``, cada una una sola vez.

Nada de aquí decide arrancar ni quitar un freno: quien pide reanudar ya se autenticó y ya lo cambió en la base, y aquí
solo se retiran el fichero y la señal, y solo si la base sigue diciendo que se puede. Una orden de hace más de diez
minutos no se obedece, salvo el alto, que nunca llega tarde si nadie ha reanudado después.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bots.emergencia import poner_alto, quitar_alto, ruta_bandera
from dominio.errores import ErrorDenegado, ErrorTimonel, ErrorUsuario
from dominio.freno import Freno
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.models import OrdenMando
from historial.selectors import frenos
from historial.services import recoger_mandos, terminar_mando, tomar_mando

registro = logging.getLogger("timonel.bots")
CADA_S = 1.0
CADUCA = timedelta(minutes=10)
A_MEDIAS = timedelta(seconds=60)
_BOT = re.compile(r"[a-z][a-z0-9_]{1,39}")

Respuesta = dict[str, Any]
Atender = Callable[[OrdenMando], Awaitable[Respuesta]]


class Alcance(msgspec.Struct, frozen=True, kw_only=True):
    """Qué órdenes toma este proceso y de qué bots. ``bots`` vacío: de cualquiera, salvo los de ``excepto``."""

    ordenes: tuple[str, ...]
    bots: tuple[str, ...] = ()
    excepto: Callable[[], tuple[str, ...]] = tuple
    de_todos: bool = False

    def filtro(self) -> dict[str, Any]:
        """Devuelve los argumentos de ``tomar_mando`` y ``recoger_mandos``."""
        return {
            "bots": self.bots,
            "ordenes": self.ordenes,
            "excepto": self.excepto(),
            "de_todos": self.de_todos,
        }


class Obediencia:
    """Toma las órdenes de sus alcances y las cumple con quien sepa atenderlas. Un fallo no la para nunca."""

    def __init__(
        self,
        *,
        quien: str,
        alcances: tuple[Alcance, ...],
        atienden: Mapping[str, Atender],
        ejecutor: Ejecutor,
        reloj: Reloj,
    ) -> None:
        self._quien = quien
        self._alcances = alcances
        self._atienden = atienden
        self._ejecutor = ejecutor
        self._reloj = reloj
        self._recoger_en = float("-inf")

    async def obedecer_siempre(self) -> None:
        """Mira cada segundo hasta que se cancela."""
        while True:
            try:
                await self.una_pasada()
            except Exception:  # sin base no hay órdenes que leer; el bot sigue con su freno de fichero y señal
                registro.exception("no se pudieron leer las órdenes de mando")
            await asyncio.sleep(CADA_S)

    async def una_pasada(self) -> int:
        """Cumple todo lo pendiente y devuelve cuántas órdenes eran."""
        await self._recoger()
        hechas = 0
        for alcance in self._alcances:
            while await _sin_dejar_a_medias(self._una(alcance)):
                hechas += 1
        return hechas

    async def _una(self, alcance: Alcance) -> bool:
        """Toma y cumple una orden, y devuelve si la había."""
        orden = await self._tomar(alcance)
        if orden is not None:
            await self._cumplir(orden)
        return orden is not None

    async def _tomar(self, alcance: Alcance) -> OrdenMando | None:
        orden: OrdenMando | None = await self._ejecutor(
            tomar_mando, self._quien, ahora=self._reloj.ahora(), **alcance.filtro()
        )
        return orden

    async def _recoger(self) -> None:
        """Al empezar y de minuto en minuto: lo que un proceso muerto dejó a medias."""
        if self._reloj.monotonico() < self._recoger_en:
            return
        self._recoger_en = self._reloj.monotonico() + A_MEDIAS.total_seconds()
        ahora = self._reloj.ahora()
        for alcance in self._alcances:
            await self._ejecutor(
                recoger_mandos, self._quien, ahora=ahora, tomadas_antes_de=ahora - A_MEDIAS, **alcance.filtro()
            )

    async def _cumplir(self, orden: OrdenMando) -> None:
        hecha, respuesta = True, {}
        try:
            self._exigir_reciente(orden)
            respuesta = await self._atienden[orden.orden](orden)
        except ErrorTimonel as fallo:
            hecha, respuesta = False, fallo.como_dict()
        except Exception as fallo:  # se cuenta a quien la pidió; que una orden falle no puede dejar sordo al proceso
            registro.exception("falló la orden de mando %s", orden.orden)
            hecha, respuesta = False, {"codigo": "INT-01", "mensaje": "Fallo interno.", "causa": type(fallo).__name__}
        await self._ejecutor(terminar_mando, orden.pk, hecha, respuesta, self._quien, ahora=self._reloj.ahora())

    def _exigir_reciente(self, orden: OrdenMando) -> None:
        if orden.orden != "alto" and self._reloj.ahora() - orden.pedida_en > CADUCA:
            raise ErrorDenegado("MAN-02", "Se pidió hace más de diez minutos y no se cumple.", "Pídalo otra vez.")


async def _sin_dejar_a_medias(corrutina: Coroutine[Any, Any, bool]) -> bool:
    """Devuelve lo que da. Cancelada, espera a que acabe: cumplir «parar» acaba con quien la cumple, y ha de constar."""
    tarea = asyncio.ensure_future(corrutina)
    try:
        return await asyncio.shield(tarea)
    except asyncio.CancelledError:
        await asyncio.wait([tarea])
        raise


class Frenos:
    """Atiende ``alto`` y ``reanudar``: el fichero bandera y la señal. La base ya la cambió quien lo pidió."""

    def __init__(self, *, datos: Path, ejecutor: Ejecutor) -> None:
        self._datos = datos
        self._ejecutor = ejecutor

    @property
    def atienden(self) -> dict[str, Atender]:
        """Devuelve quién atiende cada orden."""
        return {"alto": self.alto, "reanudar": self.reanudar}

    async def alto(self, orden: OrdenMando) -> Respuesta:
        """Pone la bandera y avisa a los procesos, salvo que alguien haya reanudado después de pedirlo."""
        ambito, clave = _ambito(orden)
        estado, desde = await self._escrito(ambito, clave)
        if estado is Freno.ACTIVO and desde is not None and desde > orden.pedida_en:
            return {"superada": True, "mensaje": "Alguien reanudó después de pedir este alto."}
        if ambito == "cuenta":  # no hay fichero por cuenta: basta el freno de la base, que se lee cada segundo
            return {"bandera": False, "avisados": []}
        puesta, avisados = poner_alto(self._datos, clave or None, f"pedido por {orden.actor}")
        return {"bandera": puesta, "avisados": avisados}

    async def reanudar(self, orden: OrdenMando) -> Respuesta:
        """Quita la bandera y la señal si la base ya está en ACTIVO y no hay un alto más nuevo.

        Raises:
            ErrorDenegado: MAN-04 si la base no lo permite; MAN-05 si la bandera es posterior a la orden.
        """
        ambito, clave = _ambito(orden)
        estado, _ = await self._escrito(ambito, clave)
        if estado is not Freno.ACTIVO:
            raise ErrorDenegado("MAN-04", "El freno sigue puesto en la base.", "Reanude desde el panel o la consola.")
        if ambito == "cuenta":
            return {"bandera": False}
        bot = clave or None
        if _puesta_en(ruta_bandera(self._datos, bot)) > orden.pedida_en:
            raise ErrorDenegado("MAN-05", "Se pidió un alto después de reanudar: manda el alto.", "Reanude otra vez.")
        quitar_alto(self._datos, bot)
        return {"bandera": False, "reanudado": clave or "todos"}

    async def _escrito(self, ambito: str, clave: str) -> tuple[Freno, datetime | None]:
        """Devuelve lo escrito en la base para ese ámbito y desde cuándo; sin fila, solo el global detiene."""
        for freno in await self._ejecutor(frenos):
            if (freno["ambito"], freno["clave"]) == (ambito, clave):
                return (Freno.ACTIVO if freno["estado"] == Freno.ACTIVO else Freno.DETENIDO), freno["en"]
        return (Freno.DETENIDO if ambito == "global" else Freno.ACTIVO), None


def _ambito(orden: OrdenMando) -> tuple[str, str]:
    """Devuelve (ámbito, clave) de la orden. Raises ErrorUsuario (MAN-06): la clave acaba en un nombre de fichero."""
    argumentos = orden.argumentos if isinstance(orden.argumentos, dict) else {}
    ambito = argumentos.get("ambito") or ("bot" if orden.bot else "global")
    clave = str(argumentos.get("clave") or (orden.bot if ambito == "bot" else ""))
    vale = {"global": clave == "", "bot": _BOT.fullmatch(clave) is not None, "cuenta": bool(clave)}
    if not vale.get(str(ambito), False):
        raise ErrorUsuario("MAN-06", f"No se entiende el ámbito «{ambito}» con clave «{clave}».", "Pídalo otra vez.")
    return str(ambito), clave


def _puesta_en(ruta: Path) -> datetime:
    """Devuelve cuándo se puso la bandera; el principio de los tiempos si no está."""
    try:
        return datetime.fromtimestamp(ruta.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.min.replace(tzinfo=UTC)
