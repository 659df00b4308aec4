"""Un libro de órdenes en memoria que cumple el puerto ``Diario``. Sobrevive a las muertes del proceso simulado."""

import msgspec

from dominio import puntos_fallo
from dominio.errores import ErrorDenegado, ErrorDuplicado
from dominio.instrumentos import Sede
from dominio.ordenes import (
    BLOQUEAN_ENTRADAS,
    Aceptacion,
    EstadoOrden,
    Intencion,
    ResultadoEnvio,
    comprobar_transicion,
)
from dominio.posiciones import PosicionSede
from dominio.puertos import IntencionViva
from dominio.reloj import Reloj

_VIVAS = BLOQUEAN_ENTRADAS | {EstadoOrden.ACEPTADA, EstadoOrden.NO_COLOCADA}


class DiarioMemoria:
    """Filas por identificador de cliente; cada método cambia el diccionario entero o nada."""

    def __init__(self, reloj: Reloj) -> None:
        self._reloj = reloj
        self.filas: dict[str, IntencionViva] = {}
        self.sin_vigilar: set[str] = set()
        self.externas: set[str] = set()

    async def registrar_intencion(self, intencion: Intencion) -> None:
        if intencion.id_cliente in self.filas:
            raise ErrorDuplicado("ORD-02", "La señal ya tiene intención.")
        bloquea = any(fila.estado in BLOQUEAN_ENTRADAS for fila in self.filas.values())
        estado = EstadoOrden.DENEGADA if bloquea else EstadoOrden.APROBADA
        self.filas[intencion.id_cliente] = IntencionViva(intencion=intencion, estado=estado)
        if bloquea:
            raise ErrorDenegado("ORD-03", "Hay una orden de suerte desconocida.")

    async def marcar_enviando(self, id_cliente: str, ficha: int) -> bool:
        fila = self.filas[id_cliente]
        vale = self._reloj.ahora() < fila.intencion.vence_en
        self._pasar(id_cliente, EstadoOrden.ENVIANDO if vale else EstadoOrden.CADUCADA)
        if vale:
            self._poner(id_cliente, enviado_en=self._reloj.ahora())
        return vale

    async def preparar_envio(self, intencion: Intencion, ficha: int) -> bool:
        await self.registrar_intencion(intencion)
        puntos_fallo.pasar("tras_intencion")
        return await self.marcar_enviando(intencion.id_cliente, ficha)

    async def registrar_resultado(self, id_cliente: str, resultado: ResultadoEnvio) -> None:
        self._pasar(id_cliente, resultado.estado)
        if resultado.aceptacion is not None:
            self._poner(id_cliente, referencia=resultado.aceptacion.referencia)

    async def adoptar(self, id_cliente: str, aceptacion: Aceptacion, motivo: str) -> None:
        self._pasar(id_cliente, EstadoOrden.ACEPTADA)
        self._poner(id_cliente, referencia=aceptacion.referencia)

    async def anotar_busqueda(self, id_cliente: str, limpia: bool) -> int:
        limpias = self.filas[id_cliente].busquedas_limpias + 1 if limpia else 0
        self._poner(id_cliente, busquedas_limpias=limpias)
        return limpias

    async def marcar(self, id_cliente: str, estado: EstadoOrden, motivo: str) -> None:
        self._pasar(id_cliente, estado)

    async def dejar_de_vigilar(self, id_cliente: str) -> None:
        self.sin_vigilar.add(id_cliente)

    async def vivas(self, sede: Sede, cuenta: str) -> tuple[IntencionViva, ...]:
        return tuple(
            fila
            for clave, fila in self.filas.items()
            if fila.estado in _VIVAS and not (fila.estado is EstadoOrden.NO_COLOCADA and clave in self.sin_vigilar)
        )

    async def caducar(self, sede: Sede, cuenta: str) -> int:
        vencidas = [
            clave
            for clave, fila in self.filas.items()
            if fila.estado is EstadoOrden.APROBADA and fila.intencion.vence_en <= self._reloj.ahora()
        ]
        for clave in vencidas:
            self._pasar(clave, EstadoOrden.CADUCADA)
        return len(vencidas)

    async def conocida(self, sede: Sede, cuenta: str, referencia: str) -> bool:
        return any(fila.referencia == referencia for fila in self.filas.values())

    async def anotar_externa(self, sede: Sede, cuenta: str, posicion: PosicionSede) -> None:
        self.externas.add(posicion.referencia)

    def _pasar(self, id_cliente: str, estado: EstadoOrden) -> None:
        comprobar_transicion(self.filas[id_cliente].estado, estado)
        self._poner(id_cliente, estado=estado)

    def _poner(self, id_cliente: str, **campos: object) -> None:
        self.filas[id_cliente] = msgspec.structs.replace(self.filas[id_cliente], **campos)
