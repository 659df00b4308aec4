"""Una sede de laboratorio con su cuenta y un operador que, si muere, vuelve a empezar como lo haría el supervisor."""

import asyncio
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from bots.deriv.composicion import Montado, Piezas, montar
from core.configuracion import ConfigBot
from dominio.azar import AzarSemilla
from dominio.errores import ErrorDetener, ErrorServicio
from dominio.instrumentos import Entorno
from dominio.ordenes import EstadoOrden
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.ejecutores import en_el_acto
from historial.models import Orden
from integracion_deriv.config import ConfigDeriv
from laboratorio.deriv import ServidorDeriv
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.sedes.deriv import LibroDeriv

T = TypeVar("T")
MIRAR_CADA_S = 5.0
LIMITE_POR_CONTRATO_S = 120.0
_EN_DUDA = (EstadoOrden.DESCONOCIDA, EstadoOrden.REVISION)


class Taller:
    """Sede, cuenta y bot de un ensayo. ``libro`` es el oráculo; lo demás, lo espiado en el cable."""

    def __init__(
        self,
        *,
        nombre: str,
        semilla: int,
        config: ConfigBot,
        reloj: Reloj,
        ejecutor: Ejecutor,
        datos: Path,
        pausa: timedelta | None = None,
    ) -> None:
        self.cuenta = f"DOT{zlib.crc32(f'{nombre}-{semilla}'.encode()) % 10**8:08d}"
        self.token = f"clave-de-ensayo-{nombre}"
        self.reloj = reloj
        self.libro = LibroDeriv(
            MercadoSintetico(f"{semilla}-{nombre}", reloj.epoch_ms() // 1000), reloj, AzarSemilla(f"libro-{semilla}")
        )
        self.libro.crear_cuenta(self.cuenta, token=self.token)
        self.servidor = ServidorDeriv(
            self.libro, reloj, azar=AzarSemilla(f"servidor-{semilla}-{nombre}"), v3="no", espia=self._espiar
        )
        self.config = config
        self.piezas = Piezas(
            reloj=reloj,
            azar=AzarSemilla(f"cliente-{semilla}-{nombre}"),
            ejecutor=ejecutor,
            datos=datos,
            titular=f"ensayo-{nombre}",
            pausa=pausa,
        )
        self.compras_con_desconocida = 0
        self.reinicios = 0
        self.montado: Montado | None = None
        self._cotizaciones: Counter[str] = Counter()
        self._ejecutor = ejecutor

    @property
    def reenvios(self) -> int:
        """Devuelve cuántas compras llegaron a la sede más de una vez con la misma cotización."""
        return sum(veces - 1 for veces in self._cotizaciones.values())

    @property
    def conexion(self) -> ConfigDeriv:
        """Devuelve cómo se llega a esta sede."""
        return ConfigDeriv.crear(
            url_rest=self.servidor.url_rest,
            url_ws=self.servidor.url_ws,
            app_id="1",
            token=self.token,
            entorno=Entorno.SIMULADO,
        )

    def _espiar(self, direccion: str, _dialecto: str, llamada: str, mensaje: Any) -> None:
        if llamada != "buy" or not isinstance(mensaje, dict) or "buy" not in mensaje or "msg_type" in mensaje:
            return
        self._cotizaciones[str(mensaje["buy"])] += 1
        # La sede y el cliente comparten bucle: la consulta es la foto exacta de la base en este instante.
        en_duda = en_linea(lambda: Orden.objects.filter(cuenta=self.cuenta, estado__in=_EN_DUDA).count())
        self.compras_con_desconocida += en_duda > 0

    async def operar_hasta(
        self,
        compras: int,
        al_mirar: Callable[[], None] = lambda: None,
        al_montar: Callable[[Montado], None] = lambda _montado: None,
    ) -> None:
        """Opera hasta que la sede tenga ``compras`` propias y no quede nada por resolver; si el bot muere, renace.

        Raises:
            ErrorDetener: credencial revocada o solo cuentas reales: un supervisor tampoco insistiría.
            TimeoutError: pasó el límite de tiempo virtual sin llegar.
        """
        async with asyncio.timeout(self._limite_s(compras)):
            while True:
                try:
                    self.montado = await montar(self.config, self.conexion, self.piezas)
                except ErrorServicio:
                    await asyncio.sleep(5)
                    continue
                al_montar(self.montado)
                try:
                    if await self._vivir(self.montado, compras, al_mirar):
                        return
                    self.reinicios += 1
                finally:
                    await self.montado.cerrar()

    def _limite_s(self, compras: int) -> float:
        """Devuelve el tiempo virtual que se concede: una pausa entera por contrato es más de lo que cabe esperar."""
        pausa = timedelta(hours=self.config.pausa.horas) if self.piezas.pausa is None else self.piezas.pausa
        return (LIMITE_POR_CONTRATO_S + pausa.total_seconds()) * max(compras, 10)

    async def _vivir(self, montado: Montado, compras: int, al_mirar: Callable[[], None]) -> bool:
        """Devuelve si se llegó al final con calma; False si el bot murió y hay que empezar otra vez."""
        trabajo = asyncio.create_task(montado.bucle.correr())
        guardia = asyncio.create_task(_detener_si_se_revoca(montado))
        try:
            while not trabajo.done():
                await asyncio.wait({trabajo}, timeout=MIRAR_CADA_S)
                al_mirar()
                if len(self.libro.compras(self.cuenta)) >= compras:
                    montado.bucle.terminar()
            await trabajo
        except ErrorDetener as motivo:
            if montado.cliente.detenido is not None:
                raise motivo
            return False
        finally:
            guardia.cancel()
            trabajo.cancel()
        return True

    async def cerrar(self) -> None:
        """Apaga la sede."""
        await self.servidor.detener()


async def _detener_si_se_revoca(montado: Montado) -> None:
    try:
        await montado.cliente.terminado()
    except ErrorDetener as motivo:
        montado.bucle.detenerse(motivo)


def en_linea(consulta: Callable[[], T]) -> T:
    """Devuelve la consulta hecha en el hilo del bucle y con su conexión: aquí bloquear el tiempo virtual se quiere."""
    return en_el_acto(consulta)
