"""Una sede de memoria sin identificadores de cliente, que pierde, retrasa, rechaza y enseña listas atrasadas.

Su libro (``contratos``) es el oráculo: cuenta lo que de verdad se compró, sepa o no sepa el cliente.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from dominio import puntos_fallo
from dominio.azar import Azar
from dominio.errores import ErrorReintentable
from dominio.instrumentos import Sede
from dominio.ordenes import Aceptacion, Busqueda, EstadoOrden, Intencion, ResultadoEnvio
from dominio.posiciones import PosicionSede
from dominio.puertos import Capacidades
from dominio.reloj import RelojManual
from dominio.senales import Direccion

PLAZO_S = 15.0
TARDANZA_MAX_S = 30.0
ATRASO_LISTA_S = 4.0


class Probabilidades(msgspec.Struct, frozen=True, kw_only=True):
    """Con qué frecuencia falla cada cosa. Son supuestos: importa que no haya duplicados, no los porcentajes."""

    peticion_perdida: float = 0.06
    respuesta_perdida: float = 0.08
    llegada_tardia: float = 0.05
    rechazo: float = 0.04
    lista_atrasada: float = 0.10
    lectura_fallida: float = 0.05
    muerte: float = 0.05


class Contrato(msgspec.Struct, frozen=True):
    """Un contrato que la sede ejecutó."""

    referencia: str
    id_cliente: str
    simbolo: str
    monto: Decimal
    hora: datetime


class SedeMemoria:
    """Cumple ``Broker`` y ``LectorSede``. El tiempo avanza cuando alguien espera una respuesta que no llega."""

    capacidades = Capacidades(sede=Sede.DERIV, ambito_bloqueo="cuenta", espera_tardia_s=TARDANZA_MAX_S + ATRASO_LISTA_S)

    def __init__(self, reloj: RelojManual, azar: Azar, probabilidades: Probabilidades) -> None:
        self._reloj = reloj
        self._azar = azar
        self._p = probabilidades
        self.contratos: list[Contrato] = []
        self._en_camino: list[tuple[datetime, Intencion]] = []
        self.envios: list[str] = []

    async def enviar(self, intencion: Intencion, comprobar: Callable[[], None]) -> ResultadoEnvio:
        comprobar()
        self.envios.append(intencion.id_cliente)
        suerte = self._azar.uniforme()
        for nombre in ("peticion_perdida", "respuesta_perdida", "llegada_tardia", "rechazo"):
            suerte -= getattr(self._p, nombre)
            if suerte < 0:
                return self._fallar(nombre, intencion)
        contrato = self._ejecutar(intencion)
        puntos_fallo.pasar("tras_escribir")
        return ResultadoEnvio(estado=EstadoOrden.ACEPTADA, aceptacion=_prueba(contrato))

    def _fallar(self, nombre: str, intencion: Intencion) -> ResultadoEnvio:
        if nombre == "rechazo":
            puntos_fallo.pasar("tras_escribir")
            return ResultadoEnvio(estado=EstadoOrden.RECHAZADA, codigo="SEDE")
        if nombre == "respuesta_perdida":
            self._ejecutar(intencion)
        elif nombre == "llegada_tardia":
            tarda = timedelta(seconds=self._azar.uniforme() * TARDANZA_MAX_S)
            self._en_camino.append((self._reloj.ahora() + tarda, intencion))
        puntos_fallo.pasar("tras_escribir")
        self._reloj.avanzar(PLAZO_S)
        self.poner_al_dia()
        return ResultadoEnvio(estado=EstadoOrden.DESCONOCIDA, codigo="PLAZO")

    def poner_al_dia(self) -> None:
        """Ejecuta lo que venía de camino y ya llegó."""
        llegan = [par for par in self._en_camino if par[0] <= self._reloj.ahora()]
        self._en_camino = [par for par in self._en_camino if par[0] > self._reloj.ahora()]
        for hora, intencion in llegan:
            self._ejecutar(intencion, hora)

    async def buscar(self, intencion: Intencion, enviado_en: datetime) -> Busqueda:
        visibles = self._leer()
        desde, hasta = enviado_en - timedelta(seconds=2), enviado_en + timedelta(seconds=TARDANZA_MAX_S + PLAZO_S)
        halladas = [
            _prueba(c)
            for c in visibles
            if c.simbolo == intencion.simbolo and c.monto == intencion.monto and desde <= c.hora <= hasta
        ]
        return Busqueda(coincidencias=tuple(halladas), limpia=True, balance_explicado=True)

    async def posicion(self, referencia: str) -> PosicionSede | None:
        return next((_posicion(c) for c in self._leer(atrasada=False) if c.referencia == referencia), None)

    async def abiertas(self) -> tuple[PosicionSede, ...]:
        return tuple(_posicion(c) for c in self._leer()[-3:])

    def _leer(self, atrasada: bool = True) -> list[Contrato]:
        self.poner_al_dia()
        if self._azar.uniforme() < self._p.lectura_fallida:
            raise ErrorReintentable("SIM-10", "La sede no respondió a la lectura.")
        if atrasada and self._azar.uniforme() < self._p.lista_atrasada:
            corte = self._reloj.ahora() - timedelta(seconds=ATRASO_LISTA_S)
            return [c for c in self.contratos if c.hora < corte]
        return list(self.contratos)

    def _ejecutar(self, intencion: Intencion, hora: datetime | None = None) -> Contrato:
        contrato = Contrato(
            str(1000 + len(self.contratos)),
            intencion.id_cliente,
            intencion.simbolo,
            intencion.monto,
            hora or self._reloj.ahora(),
        )
        self.contratos.append(contrato)
        return contrato


def _prueba(contrato: Contrato) -> Aceptacion:
    return Aceptacion(referencia=contrato.referencia, hora=contrato.hora, precio=contrato.monto)


def _posicion(contrato: Contrato) -> PosicionSede:
    return PosicionSede(
        referencia=contrato.referencia,
        simbolo=contrato.simbolo,
        direccion=Direccion.CALL,
        monto=contrato.monto,
        hora_compra=contrato.hora,
    )
