"""Lo que el reconciliador puede leer de Deriv. No tiene con qué escribir: solo recibe una función de lectura.

Una lectura que falla nunca se convierte en un resultado: la búsqueda no es limpia, o se lanza para leer otra vez.
"""

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from dominio.errores import ErrorDetener, ErrorPermanente, ErrorReintentable, ErrorTimonel
from dominio.ordenes import Aceptacion, Busqueda, Intencion
from dominio.posiciones import Movimiento, PosicionSede, Saldo
from dominio.reloj import de_epoch
from integracion_deriv import codec, coincidencias, peticiones
from integracion_deriv.capacidades import CAPACIDADES
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.hora_sede import HoraSede
from integracion_deriv.peticiones import Peticion
from integracion_deriv.tramas import Mensaje

Conocidas = Collection[str] | Callable[[str], "bool | Awaitable[bool]"]
MARGEN_ANTES_S = 5
MARGEN_DESPUES_S = 60
PAGINAS_MAX = 20


class LectorDeriv:
    """El puerto ``LectorSede``. ``ya_conocidas`` dice qué contratos ya están en nuestro libro: esos no coinciden."""

    capacidades = CAPACIDADES

    def __init__(
        self,
        pedir: Callable[[Peticion], Awaitable[Mensaje]],
        hora_sede: HoraSede,
        *,
        ya_conocidas: Conocidas = (),
        evidencias: Mapping[str, Aceptacion] | None = None,
        ultimo_visto: Callable[[], Movimiento | None] = lambda: None,
    ) -> None:
        self._pedir = pedir
        self._hora_sede = hora_sede
        self._ya_conocidas = ya_conocidas
        self._evidencias = evidencias if evidencias is not None else {}
        self._ultimo_visto = ultimo_visto

    @classmethod
    def de_cliente(cls, cliente: ClienteDeriv, *, ya_conocidas: Conocidas = ()) -> "LectorDeriv":
        """Devuelve un lector que comparte la conexión del cliente, sin poder comprar por ella."""
        return cls(
            cliente.pedir,
            cliente.hora_sede,
            ya_conocidas=ya_conocidas,
            evidencias=cliente.evidencias,
            ultimo_visto=lambda: cliente.recepcion.ultimo_movimiento,
        )

    # ── la compra perdida ───────────────────────────────────────────────────────────────────────────────────────

    async def buscar(self, intencion: Intencion, enviado_en: datetime) -> Busqueda:
        """Devuelve qué dice la sede de una compra de suerte desconocida.

        Mira cartera, extracto, tabla de beneficios y contratos abiertos. Una respuesta tardía a esa misma compra
        (emparejada por su número de petición) es prueba y hace innecesario el parecido.
        """
        prueba = self._evidencias.get(intencion.id_cliente)
        if prueba is not None and not await self._conocida(prueba.referencia):
            return Busqueda(coincidencias=(prueba,), limpia=True, balance_explicado=True)
        enviado_ms = self._enviado_ms(intencion, enviado_en)
        desde = enviado_ms // 1000 - MARGEN_ANTES_S
        hasta = max(self._hora_sede.epoch_ms(), enviado_ms) // 1000 + MARGEN_DESPUES_S
        lecturas = (
            await self._filas(peticiones.cartera(), "portfolio", "contracts"),
            await self._filas(peticiones.extracto(desde, hasta), "statement", "transactions"),
            await self._filas(peticiones.beneficios(desde, hasta), "profit_table", "transactions"),
            await self._contrato_abierto(),
        )
        cartera, extracto, beneficios, abiertos = (lectura or [] for lectura in lecturas)
        extracto_entero = lecturas[1] is not None and len(extracto) < peticiones.MAX_EXTRACTO
        extracto_vale = extracto_entero and not self._extracto_rancio(extracto, desde)
        limpia = extracto_vale and all(lectura is not None for lectura in lecturas)
        compras = [fila for fila in map(coincidencias.de_extracto, extracto) if fila is not None]
        huella = coincidencias.huella(intencion, enviado_ms)
        halladas = coincidencias.buscar([*compras, *cartera, *beneficios, *abiertos], huella)
        nuevas = [hallada for hallada in halladas.values() if not await self._conocida(hallada.referencia)]
        if not extracto_vale:
            nuevas = []  # sin todas las compras a la vista no se sabe si la hallada tiene una gemela
        explicado = limpia and await self._balance_explicado(intencion, extracto)
        return Busqueda(coincidencias=tuple(nuevas), limpia=limpia, balance_explicado=explicado)

    def _extracto_rancio(self, extracto: list[dict[str, Any]], desde: int) -> bool:
        """Devuelve si al extracto le falta una fila que la sede ya anunció en vivo: entonces no prueba nada."""
        visto = self._ultimo_visto()
        if visto is None or int(visto.hora.timestamp()) < desde:
            return False
        return not any(codec.referencia(fila.get("transaction_id")) == visto.transaccion for fila in extracto)

    def _enviado_ms(self, intencion: Intencion, enviado_en: datetime) -> int:
        """Devuelve la hora de la sede en que salió: la apuntada con la intención, o la nuestra corregida."""
        apuntada = codec.entero(intencion.contexto.get("hora_sede_ms"))
        if apuntada is None:
            return self._hora_sede.de_local(enviado_en)
        tardanza = (enviado_en - intencion.creada_en).total_seconds() * 1000
        valida = (intencion.vence_en - intencion.creada_en).total_seconds() * 1000
        return apuntada + int(min(max(tardanza, 0.0), max(valida, 0.0)))

    async def _balance_explicado(self, intencion: Intencion, extracto: list[dict[str, Any]]) -> bool:
        """Devuelve si el balance de ahora es el que dejan las filas del extracto: nada cambió sin fila.

        Vale por cualquiera de dos caminos: el balance apuntado al enviar más cada fila posterior, o el que dejó la
        fila más nueva. Una compra ejecutada cuya fila aún no sale no cuadra por ninguno.
        """
        try:
            saldo = (await self.saldo()).balance
            filas = [fila for fila in map(codec.a_movimiento, extracto) if fila is not None]
            if not filas:
                ultimas = await self._exigir_filas(peticiones.extracto(limite=1), "statement", "transactions")
                filas = [fila for fila in map(codec.a_movimiento, ultimas) if fila is not None]
        except ErrorDetener:
            raise
        except ErrorTimonel:
            return False
        if filas and max(filas, key=lambda fila: int(fila.transaccion)).balance_despues == saldo:
            return True
        balance = codec.importe(intencion.contexto.get("balance"))
        ultima = codec.entero(intencion.contexto.get("ultima_transaccion"))
        if balance is None or ultima is None:
            return False
        posteriores = (fila.importe for fila in filas if int(fila.transaccion) > ultima)
        return balance + sum(posteriores, Decimal(0)) == saldo

    async def _contrato_abierto(self) -> list[dict[str, Any]] | None:
        """Devuelve el contrato abierto que enseña el canal de contratos, si hay; None si no se pudo leer."""
        try:
            respuesta = await self._pedir(peticiones.contratos_abiertos())
        except ErrorDetener:
            raise
        except ErrorPermanente:
            return []  # no conoce ningún contrato: también es una respuesta
        except ErrorTimonel:
            return None
        return [codec.objeto(respuesta, "proposal_open_contract")]

    async def _filas(self, peticion: Peticion, objeto: str, lista: str) -> list[dict[str, Any]] | None:
        """Devuelve las filas, o None si no se pudo leer (y entonces la búsqueda no es limpia)."""
        try:
            return await self._exigir_filas(peticion, objeto, lista)
        except ErrorDetener:
            raise
        except ErrorTimonel:
            return None

    async def _exigir_filas(self, peticion: Peticion, objeto: str, lista: str) -> list[dict[str, Any]]:
        contenedor = codec.objeto(await self._pedir(peticion), objeto).get(lista)
        if not isinstance(contenedor, list):
            raise ErrorReintentable("DER-207", "Deriv contestó algo que no se entiende.", "Se leerá otra vez.")
        return codec.filas(contenedor)

    async def _conocida(self, referencia: str) -> bool:
        if not callable(self._ya_conocidas):
            return referencia in self._ya_conocidas
        respuesta = self._ya_conocidas(referencia)
        return await respuesta if inspect.isawaitable(respuesta) else bool(respuesta)

    # ── lo demás ────────────────────────────────────────────────────────────────────────────────────────────────

    async def abiertas(self) -> tuple[PosicionSede, ...]:
        """Devuelve las posiciones abiertas de la cuenta, nuestras o no."""
        filas = await self._exigir_filas(peticiones.cartera(), "portfolio", "contracts")
        return tuple(posicion for posicion in map(codec.a_posicion, filas) if posicion is not None)

    async def posicion(self, referencia: str) -> PosicionSede | None:
        """Devuelve un contrato por su número, también ya liquidado; None si la sede no lo conoce por ningún lado."""
        try:
            respuesta = await self._pedir(peticiones.contrato(int(referencia)))
            posicion = codec.a_posicion(codec.objeto(respuesta, "proposal_open_contract"))
        except ErrorPermanente:
            posicion = None
        if posicion is not None and posicion.referencia == referencia:
            return posicion
        return await self._de_beneficios(referencia)

    async def _de_beneficios(self, referencia: str) -> PosicionSede | None:
        filas = await self._exigir_filas(peticiones.beneficios(), "profit_table", "transactions")
        for fila in filas:
            posicion = codec.a_posicion(fila)
            if posicion is not None and posicion.referencia == referencia:
                return PosicionSede(
                    referencia=posicion.referencia,
                    simbolo=posicion.simbolo,
                    direccion=posicion.direccion,
                    monto=posicion.monto,
                    hora_compra=posicion.hora_compra,
                    pago=posicion.pago,
                    transaccion=posicion.transaccion,
                    liquidacion=codec.liquidacion_de_beneficios(fila),
                )
        return None

    async def movimientos(self, desde: datetime, hasta: datetime) -> tuple[Movimiento, ...]:
        """Devuelve las filas del extracto en [desde, hasta] (hora de la sede), de la más vieja a la más nueva.

        Raises:
            ErrorReintentable: DER-211 si son tantas que no se pudieron leer todas.
        """
        inicio, fin = int(desde.timestamp()), int(hasta.timestamp()) + (hasta.microsecond > 0)
        leidos: dict[str, Movimiento] = {}
        for pagina in range(PAGINAS_MAX):
            peticion = peticiones.extracto(inicio, fin, salto=pagina * peticiones.MAX_EXTRACTO)
            filas = await self._exigir_filas(peticion, "statement", "transactions")
            for movimiento in map(codec.a_movimiento, filas):
                if movimiento is not None:
                    leidos[movimiento.transaccion] = movimiento
            if len(filas) < peticiones.MAX_EXTRACTO:
                return tuple(sorted(leidos.values(), key=lambda fila: int(fila.transaccion)))
        raise ErrorReintentable("DER-211", "El extracto es demasiado largo para leerlo entero.", "Pida menos días.")

    async def saldo(self) -> Saldo:
        """Devuelve el balance de la cuenta. Raises ErrorReintentable (DER-207) si no se entiende."""
        saldo = codec.a_saldo(codec.objeto(await self._pedir(peticiones.balance()), "balance"))
        if saldo is None:
            raise ErrorReintentable("DER-207", "Deriv contestó algo que no se entiende.", "Se leerá otra vez.")
        return saldo

    async def hora(self) -> datetime:
        """Devuelve la hora que contesta la sede."""
        segundos = codec.entero((await self._pedir(peticiones.hora())).get("time"))
        if segundos is None:
            raise ErrorReintentable("DER-207", "Deriv contestó algo que no se entiende.", "Se leerá otra vez.")
        self._hora_sede.poner(segundos)
        return de_epoch(segundos)
