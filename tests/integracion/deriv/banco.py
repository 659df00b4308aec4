"""Un banco de pruebas: la Deriv de laboratorio y nuestro cliente en un bucle virtual, con una pasarela mínima."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dominio.azar import AzarSemilla
from dominio.errores import ErrorTimonel
from dominio.eventos import PosicionCerrada
from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import Aceptacion, EstadoOrden, Intencion, ResultadoEnvio, TipoOrden, id_cliente
from dominio.posiciones import Liquidacion
from dominio.puertos import PlanContrato
from dominio.senales import Direccion
from integracion_deriv.broker import BrokerDeriv
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.config import ConfigDeriv
from integracion_deriv.lector import LectorDeriv
from integracion_deriv.mercado import MercadoDeriv
from laboratorio.deriv.servidor import ServidorDeriv
from simulacion.bucles import RelojDeBucle
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.sedes.deriv import LibroDeriv
from tests.esquemas_deriv import Registro

CUENTA, CLAVE = "DOT90000001", "clave-de-laboratorio"


class Banco:
    """Todo junto. ``comprar`` hace lo que hará la pasarela: una intención, un envío y, si hay duda, el lector."""

    def __init__(self, dialecto: str, semilla: int, registro: Registro | None, **valores: Any) -> None:
        bucle = asyncio.get_running_loop()
        self.reloj = RelojDeBucle(bucle)
        mercado = MercadoSintetico(semilla, self.reloj.epoch_ms() // 1000)
        self.libro = LibroDeriv(mercado, self.reloj, AzarSemilla(semilla))
        self.libro.crear_cuenta(CUENTA, token=CLAVE)
        self.libro.crear_cuenta("ROT90000002", tipo="real", balance=50, token=CLAVE)
        self.servidor = ServidorDeriv(self.libro, azar=AzarSemilla(semilla + 1))
        self.eventos: list[Any] = []
        self.liquidaciones: dict[str, list[Liquidacion]] = {}
        self.aceptadas: dict[str, Aceptacion] = {}
        self._dialecto, self._semilla, self._registro, self._valores = dialecto, semilla, registro, valores
        self._numero = 0

    async def iniciar(self) -> None:
        await self.servidor.iniciar()
        self.config = ConfigDeriv.crear(
            url_rest=self.servidor.url_rest,
            url_ws=self.servidor.url_ws,
            token=CLAVE,
            app_id="1089",
            dialecto=self._dialecto,
            entorno=Entorno.SIMULADO,
            **self._valores,
        )
        self.cliente = ClienteDeriv(
            self.config,
            reloj=self.reloj,
            azar=AzarSemilla(self._semilla + 2),
            publicar=self._publicar,
            observador=self._observar if self._registro is not None else None,
        )
        self.mercado = MercadoDeriv(self.cliente)
        self.broker = BrokerDeriv(self.cliente, self.mercado)
        self.lector = LectorDeriv.de_cliente(self.cliente, ya_conocidas=lambda ref: ref in self.liquidaciones)

    def _publicar(self, evento: Any) -> None:
        self.eventos.append(evento)
        if isinstance(evento, PosicionCerrada):
            self.liquidaciones.setdefault(evento.liquidacion.referencia, []).append(evento.liquidacion)

    def _observar(self, direccion: str, octetos: bytes) -> None:
        if self._registro is not None and direccion == "enviado":
            self._registro.anotar(direccion, self._dialecto, None, octetos)

    def plan(self, simbolo: str = "R_50", direccion: str = "CALL", monto: str = "5.00") -> PlanContrato:
        return PlanContrato(
            simbolo=simbolo, direccion=direccion, monto=Decimal(monto), moneda="USD", duracion=5, unidad="t"
        )

    async def intencion(self, plan: PlanContrato) -> Intencion:
        """Devuelve una intención recién cotizada; insiste mientras la sede no dé precio."""
        while True:
            try:
                await self.cliente.esperar_lista()
                cotizacion = await self.broker.cotizar(plan)
                break
            except ErrorTimonel:
                if self.cliente.detenido is not None:
                    raise
                await asyncio.sleep(1.0)
        self._numero += 1
        clave = f"{self._semilla}-{self._numero}"
        return Intencion(
            id_cliente=id_cliente("banco", CUENTA, clave),
            sede=Sede.DERIV,
            cuenta=CUENTA,
            entorno=Entorno.SIMULADO,
            bot="banco",
            clave_senal=clave,
            simbolo=plan.simbolo,
            direccion=Direccion(plan.direccion),
            tipo=TipoOrden.CONTRATO,
            monto=plan.monto,
            moneda="USD",
            riesgo=plan.monto,
            creada_en=self.reloj.ahora(),
            vence_en=self.reloj.ahora() + timedelta(seconds=5),
            precio_max=cotizacion.precio,
            pago=cotizacion.pago,
            cotizacion_id=cotizacion.id,
            duracion=plan.duracion,
            unidad_duracion=plan.unidad,
            contexto=self.cliente.contexto_de_envio(),
        )

    async def comprar(self, plan: PlanContrato) -> tuple[ResultadoEnvio, Aceptacion | None]:
        """Devuelve el resultado del envío y la compra, hallada si hizo falta buscarla; None si no se colocó."""
        intencion = await self.intencion(plan)
        enviado_en = self.reloj.ahora()
        resultado = await self.broker.enviar(intencion, lambda: None)
        aceptacion = resultado.aceptacion
        if resultado.estado is EstadoOrden.DESCONOCIDA:
            aceptacion = await self.resolver(intencion, enviado_en)
        if aceptacion is not None:
            self.aceptadas[aceptacion.referencia] = aceptacion
            self.broker.vigilar(aceptacion.referencia)
        return resultado, aceptacion

    async def resolver(self, intencion: Intencion, enviado_en: datetime) -> Aceptacion | None:
        """Busca como el reconciliador: adopta una coincidencia, o dos búsquedas limpias y vacías tras la espera."""
        limpias = 0
        limite = asyncio.get_running_loop().time() + 600
        while asyncio.get_running_loop().time() < limite:
            await asyncio.sleep(3.0)
            try:
                await self.cliente.esperar_lista()
                busqueda = await self.lector.buscar(intencion, enviado_en)
            except ErrorTimonel:
                continue
            if len(busqueda.coincidencias) == 1:
                return busqueda.coincidencias[0]
            assert not busqueda.coincidencias, "ambigua: pide una persona"
            limpias = limpias + 1 if busqueda.limpia and busqueda.balance_explicado else 0
            pasada = (self.reloj.ahora() - enviado_en).total_seconds() > self.lector.capacidades.espera_tardia_s
            if limpias >= self.lector.capacidades.consultas_limpias and pasada:
                return None
        raise AssertionError("no se resolvió en 10 minutos")

    async def esperar_liquidacion(self, referencia: str, maximo_s: float = 300) -> Liquidacion:
        """Devuelve la liquidación publicada de un contrato."""
        async with asyncio.timeout(maximo_s):
            while referencia not in self.liquidaciones:
                await asyncio.sleep(0.5)
        return self.liquidaciones[referencia][0]

    def comprobar_libro(self) -> None:
        """Comprueba lo que no puede fallar nunca, con el libro de la sede como testigo."""
        propios = {str(c.id): c for c in self.libro.contratos.values() if c.propia}
        assert set(self.aceptadas) == set(propios)
        assert len([envio for envio in self.libro.envios if envio.contrato is not None]) == len(propios)
        for referencia, contrato in propios.items():
            (liquidacion,) = self.liquidaciones[referencia]
            assert liquidacion.beneficio == contrato.beneficio
        ajenos = sum((m.importe for m in self.libro.movidas if not m.propia), Decimal(0))
        cuenta = self.libro.cuentas[CUENTA]
        beneficio = sum((c.beneficio for c in propios.values()), Decimal(0))
        assert cuenta.balance - cuenta.balance_inicial == beneficio + ajenos
        assert cuenta.abiertas_max <= 1
        assert self.libro.conexiones_a_real == 0


@asynccontextmanager
async def banco(
    dialecto: str = "nueva", semilla: int = 1, registro: Registro | None = None, conectar: bool = True, **valores: Any
) -> AsyncIterator[Banco]:
    """Da un banco en marcha (hay que estar en un bucle virtual) y lo recoge al salir."""
    montado = Banco(dialecto, semilla, registro, **valores)
    await montado.iniciar()
    try:
        if conectar:
            await montado.cliente.conectar()
        yield montado
    finally:
        await montado.cliente.cerrar()
        await montado.servidor.detener()
