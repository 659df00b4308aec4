"""El mercado de Deriv: qué se puede operar, a qué precio está y a qué precio estuvo. Cumple el puerto ``Mercado``."""

from datetime import datetime
from typing import Any

from dominio.errores import ErrorReintentable, ErrorUsuario
from dominio.instrumentos import Instrumento, Oferta
from dominio.reloj import de_epoch
from dominio.velas import Tick, Vela
from integracion_deriv import codec, peticiones
from integracion_deriv.cliente import ClienteDeriv

DURACIONES_VELA_S = (60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400)
FRESCURA_ACTIVOS_S = 15.0
FRESCURA_OFERTAS_S = 600.0
FRESCURA_TRAS_DENEGAR_S = 15.0


class MercadoDeriv:
    """Lecturas de mercado. Activos y ofertas se recuerdan un rato: cambian poco y cada lectura gasta presupuesto."""

    def __init__(self, cliente: ClienteDeriv) -> None:
        self._cliente = cliente
        self._instrumentos: tuple[float, tuple[Instrumento, ...]] | None = None
        self._ofertas: dict[str, tuple[float, tuple[Oferta, ...]]] = {}

    async def instrumentos(self) -> tuple[Instrumento, ...]:
        """Devuelve los activos que la sede enseña, con si están abiertos (15 s de memoria)."""
        ahora = self._cliente.hora_sede.tiempo()
        if self._instrumentos is None or ahora - self._instrumentos[0] > FRESCURA_ACTIVOS_S:
            respuesta = await self._cliente.pedir(peticiones.simbolos_activos())
            leidos = (codec.a_instrumento(fila) for fila in codec.filas(respuesta.get("active_symbols")))
            self._instrumentos = (ahora, tuple(leido for leido in leidos if leido is not None))
        return self._instrumentos[1]

    async def ofertas(self, simbolo: str, frescura_s: float = FRESCURA_OFERTAS_S) -> tuple[Oferta, ...]:
        """Devuelve los contratos por ticks e intradía que la sede ofrece sobre un activo (10 min de memoria)."""
        ahora = self._cliente.hora_sede.tiempo()
        guardado = self._ofertas.get(simbolo)
        if guardado is None or ahora - guardado[0] > frescura_s:
            respuesta = await self._cliente.pedir(peticiones.ofertas(simbolo))
            disponibles = codec.filas(codec.objeto(respuesta, "contracts_for").get("available"))
            leidas = (codec.a_oferta(fila, simbolo) for fila in disponibles)
            guardado = (ahora, tuple(leida for leida in leidas if leida is not None))
            self._ofertas[simbolo] = guardado
        return guardado[1]

    def olvidar(self, simbolo: str) -> None:
        """Tira lo recordado de un activo: la sede acaba de decir que ya no vale."""
        self._instrumentos = None
        self._ofertas.pop(simbolo, None)

    async def ticks_pasados(self, simbolo: str, cuantos: int, hasta_s: int | None = None) -> tuple[Tick, ...]:
        """Devuelve hasta ``cuantos`` ticks, los últimos hasta ``hasta_s`` incluido (epoch; None, ahora), por orden."""
        juntados: list[Tick] = []
        fin = hasta_s
        while len(juntados) < cuantos:
            pedidos = min(cuantos - len(juntados), peticiones.MAX_HISTORIA)
            pagina = _ticks(await self._cliente.pedir(peticiones.historia_ticks(simbolo, pedidos, fin)), simbolo)
            if juntados:
                pagina = [tick for tick in pagina if tick.epoch_ms < juntados[0].epoch_ms]
            if not pagina:
                break
            juntados = pagina + juntados
            if len(pagina) < pedidos:
                break
            fin = pagina[0].epoch_ms // 1000 - 1
        return tuple(juntados[-cuantos:])

    async def velas_pasadas(self, simbolo: str, duracion_s: int, cuantas: int) -> tuple[Vela, ...]:
        """Devuelve hasta ``cuantas`` velas CERRADAS según la hora de la sede, de la más vieja a la más nueva.

        Raises:
            ErrorUsuario: DER-401 si la sede no hace velas de esa duración.
        """
        if duracion_s not in DURACIONES_VELA_S:
            raise ErrorUsuario(
                "DER-401", f"Deriv no hace velas de {duracion_s} s.", f"Use una de estas: {DURACIONES_VELA_S}."
            )
        pedidas = min(cuantas + 1, peticiones.MAX_HISTORIA)
        respuesta = await self._cliente.pedir(peticiones.historia_velas(simbolo, duracion_s, pedidas))
        ahora_ms = self._cliente.hora_sede.epoch_ms()
        leidas = (_vela(fila, simbolo, duracion_s) for fila in codec.filas(respuesta.get("candles")))
        cerradas = [vela for vela in leidas if vela is not None and vela.cierre_ms <= ahora_ms]
        return tuple(cerradas[-cuantas:])

    async def suscribir_ticks(self, simbolos: tuple[str, ...]) -> None:
        """Suscribe los ticks de esos activos; se renuevan solos tras cada reconexión."""
        await self._cliente.suscribir_ticks(simbolos)

    async def hora(self) -> datetime:
        """Devuelve la hora de la sede, preguntada ahora (segundos enteros)."""
        return await hora_de(self._cliente)


async def hora_de(cliente: ClienteDeriv) -> datetime:
    """Devuelve la hora que contesta la sede. Raises ErrorReintentable (DER-207) si no se entiende."""
    segundos = codec.entero((await cliente.pedir(peticiones.hora())).get("time"))
    if segundos is None:
        raise ErrorReintentable("DER-207", "Deriv contestó algo que no se entiende.", "Se leerá otra vez.")
    cliente.hora_sede.poner(segundos)
    return de_epoch(segundos)


def _ticks(respuesta: dict[str, Any], simbolo: str) -> list[Tick]:
    historia = codec.objeto(respuesta, "history")
    precios, horas = historia.get("prices"), historia.get("times")
    if not isinstance(precios, list) or not isinstance(horas, list):
        raise ErrorReintentable("DER-207", "Deriv contestó algo que no se entiende.", "Se leerá otra vez.")
    ticks: list[Tick] = []
    for precio, hora in zip(precios, horas, strict=False):
        epoch, valor = codec.entero(hora), codec.importe(precio)
        if epoch is not None and valor is not None and (not ticks or epoch * 1000 > ticks[-1].epoch_ms):
            ticks.append(Tick(simbolo, epoch * 1000, float(valor)))
    return ticks


def _vela(fila: dict[str, Any], simbolo: str, duracion_s: int) -> Vela | None:
    epoch = codec.entero(fila.get("epoch"))
    precios = [codec.importe(fila.get(clave)) for clave in ("open", "high", "low", "close")]
    if epoch is None or any(precio is None for precio in precios):
        return None
    apertura, maximo, minimo, cierre = (float(precio or 0) for precio in precios)
    return Vela(simbolo, epoch * 1000, duracion_s, apertura, maximo, minimo, cierre)
