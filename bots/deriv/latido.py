"""La señal de vida del bot: qué hace ahora, a qué precio y desde cuándo, y las velas de lo que mira.

Es para enseñar y para saber que está vivo. Un fallo al escribirla se registra y no afecta a nada más.
"""

import asyncio
import logging
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from bots.deriv.ficticias import Ficticias
from bots.deriv.velas_vistas import VelasVistas
from core.estado_bot import EstadoBot
from core.services import Ficha
from dominio.ordenes import Intencion
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj, de_epoch
from dominio.velas import Tick
from historial.services.vivo import latir
from trading.motor_senales.seleccion import Eleccion

registro = logging.getLogger("timonel.bots")
CADA_S = 2.0
CON_CONTRATO_S = 1.0
SEGUNDOS = {"s": 1, "m": 60, "h": 3600}


class Observado(Protocol):
    """Lo que se mira del bucle."""

    ficticias: Ficticias
    reconciliado_en: float | None

    @property
    def estado(self) -> EstadoBot: ...

    @property
    def conectado(self) -> bool: ...

    @property
    def listo(self) -> bool: ...

    @property
    def motivo(self) -> Any: ...

    @property
    def abierta(self) -> "ContratoVisto | None": ...

    @property
    def eleccion(self) -> Eleccion | None: ...


class ContratoVisto(msgspec.Struct):
    """El contrato abierto según el bot: la intención que lo compró y lo que han dicho los ticks desde entonces."""

    referencia: str
    intencion: Intencion
    desde: datetime
    entrada: float | None = None
    ultimo: float | None = None
    ticks: int = 0

    def procesar_tick(self, tick: Tick) -> None:
        """Anota el precio. El primer tick posterior a la compra es el de entrada; los demás cuentan."""
        if tick.simbolo != self.intencion.simbolo or tick.epoch_ms <= self.desde.timestamp() * 1000:
            return
        if self.entrada is None:
            self.entrada = tick.precio
        else:
            self.ticks += 1
        self.ultimo = tick.precio


class Latidos:
    """Escribe el latido cada ``CADA_S`` segundos, o cada ``CON_CONTRATO_S`` con un contrato abierto."""

    def __init__(self, *, ficha: Ficha, titular: str, ejecutor: Ejecutor, reloj: Reloj, version: str) -> None:
        self.bucle: Observado | None = None
        self._ficha = ficha
        self._titular = titular
        self._ejecutor = ejecutor
        self._reloj = reloj
        self._version = version
        self._velas = VelasVistas()
        self._precios: dict[str, Tick] = {}

    def procesar_tick(self, tick: Tick) -> None:
        """Guarda el último precio y hace la vela. Es la ruta caliente."""
        self._precios[tick.simbolo] = tick
        self._velas.procesar_tick(tick)

    async def siempre(self) -> None:
        """Late hasta que la cancelen."""
        while True:
            con_contrato = self.bucle is not None and self.bucle.abierta is not None
            await asyncio.sleep(CON_CONTRATO_S if con_contrato else CADA_S)
            await self.latir()

    async def latir(self) -> None:
        """Escribe un latido ahora."""
        if self.bucle is None:
            return
        try:
            velas = self._velas.cambiadas()
            await self._ejecutor(
                latir, self._ficha.clave, self._titular, self.datos(self.bucle), velas, ahora=self._reloj.ahora()
            )
            self._velas.guardadas(velas)
        except Exception:  # no se ve, pero se opera igual
            registro.exception("no se pudo escribir el latido")

    def datos(self, bucle: Observado) -> dict[str, Any]:
        """Devuelve lo que se enseña del bot. Importes como texto decimal; horas en ISO 8601."""
        hace_s = None if bucle.reconciliado_en is None else self._reloj.monotonico() - bucle.reconciliado_en
        motivo = bucle.motivo
        return {
            "ciclo": str(bucle.estado.ciclo),
            "conectado": bucle.conectado,
            "listo": bucle.listo,
            "motivo": None if motivo is None else {"codigo": motivo.codigo, "frase": motivo.frase},
            "reconciliado_hace_s": None if hace_s is None else round(hace_s, 1),
            "contrato": _contrato(bucle.abierta),
            "precios": {s: {"precio": t.precio, "epoch_ms": t.epoch_ms} for s, t in self._precios.items()},
            "candidatos": _candidatos(bucle.eleccion),
            "ficticias": {"abiertas": bucle.ficticias.abiertas, "total": bucle.ficticias.cerradas},
            "version": self._version,
        }


def _contrato(visto: ContratoVisto | None) -> dict[str, Any] | None:
    if visto is None:
        return None
    intencion = visto.intencion
    segundos = SEGUNDOS.get(intencion.unidad_duracion or "", 0) * (intencion.duracion or 0)
    return {
        "referencia": visto.referencia,
        "activo": intencion.simbolo,
        "nombre_activo": (intencion.contexto or {}).get("nombre_activo", intencion.simbolo),
        "direccion": str(intencion.direccion),
        "monto": _texto(intencion.precio_max or intencion.monto),
        "pago": _texto(intencion.pago),
        "precio_entrada": visto.entrada,
        "precio_actual": visto.ultimo,
        "ticks": visto.ticks,
        "duracion": intencion.duracion,
        "unidad": intencion.unidad_duracion,
        "desde": visto.desde.isoformat(),
        "vence_en": de_epoch(visto.desde.timestamp() + segundos).isoformat() if segundos else None,
    }


def _texto(importe: Decimal | None) -> str | None:
    return None if importe is None else str(importe)


def _candidatos(eleccion: Eleccion | None) -> list[dict[str, Any]]:
    if eleccion is None:
        return []
    elegido = [] if eleccion.senal is None or eleccion.cifras is None else [
        {
            "simbolo": eleccion.senal.simbolo,
            "confianza_pct": round(eleccion.senal.confianza_pct, 2),
            "esperado": round(eleccion.cifras.esperado, 5),
            "codigo": "ELEGIDO",
        }
    ]  # fmt: skip
    otros = [
        {"simbolo": d.simbolo, "confianza_pct": None, "esperado": None, "codigo": d.codigo, "frase": d.frase}
        for d in eleccion.descartes
    ]
    return elegido + otros
