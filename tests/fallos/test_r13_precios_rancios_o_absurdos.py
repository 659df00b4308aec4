"""R13: WebSocket mudo, precios rancios, cruzados o absurdos: ninguna orden con una cotización más vieja que el límite.

El oráculo es la sede: la última hora a la que de verdad dio un tick del activo que se compró, y su precio de verdad.
"""

import asyncio
from pathlib import Path

import pytest

from laboratorio.deriv.nombres_fallos import COTIZACION_RARA, F11
from tests.fallos.banco import Banco, en_banco

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

SALTO_CREIBLE = 0.02  # en un segundo, el índice más volátil no se mueve ni la décima parte
OBSERVA_S = 90.0
SILENCIO_S = 20
# Toda señal vale, y un contrato dura más que lo que se admite de viejo.
SIN_UMBRAL = {"regla": {"stop_pct": "50"}, "senales": {"umbral_senal": 0.0}, "contrato": {"duracion": 10}}


class BancoDeTicks(Banco):
    """Apunta, por activo, cuándo salió el último tick; y en cada compra, qué edad tenía."""

    def _espiar(self, direccion: str, dialecto: str, llamada: str, mensaje: object) -> None:
        super()._espiar(direccion, dialecto, llamada, mensaje)
        if not hasattr(self, "edades_ms"):
            self.edades_ms: list[int] = []
            self.ultimo_ms: dict[str, int] = {}
            self.mudo = False
        if direccion == "recibido" and isinstance(mensaje, dict) and isinstance(mensaje.get("tick"), dict):
            self.ultimo_ms[mensaje["tick"]["symbol"]] = self.reloj.epoch_ms()
        if direccion == "enviado" and llamada == "buy":
            orden = self.ordenes()[-1]
            self.edades_ms.append(self.reloj.epoch_ms() - self.ultimo_ms.get(orden.simbolo, 0))


def _sin_ordenes_viejas(banco: Banco) -> None:
    assert isinstance(banco, BancoDeTicks)
    limite = banco.config.senales.edad_max_ms
    assert banco.edades_ms and max(banco.edades_ms) <= limite
    mercado = banco.libro.mercado
    for orden in banco.ordenes():
        visto = float(orden.contexto["precio_senal"])
        verdad = mercado.precio(orden.simbolo, int(orden.creada_en.timestamp()))
        assert abs(visto / verdad - 1) < SALTO_CREIBLE


def test_r13_el_activo_que_deja_de_dar_ticks_no_se_compra(carpeta_datos: Path) -> None:
    """El activo calla con un contrato suyo abierto: al liquidarse queda una señal sin usar, de un tick ya viejo."""

    async def prueba(banco: Banco) -> None:
        assert isinstance(banco, BancoDeTicks)
        await banco.nacer()
        for _ in range(8):
            compras = len(banco.compras)
            await banco.hasta(lambda antes=compras: len(banco.compras) > antes, 300)
            await asyncio.sleep(1.5)
            simbolo = banco.compras[-1].pedido.simbolo
            banco.servidor.fallos.programar(F11, modo="rancios", todos=False, simbolo=simbolo, dura_s=SILENCIO_S)
            await asyncio.sleep(SILENCIO_S + 2)
        assert banco.servidor.fallos.cuentas[F11] == 8
        assert len({contrato.pedido.simbolo for contrato in banco.compras}) == 2  # se siguió con el otro
        _sin_ordenes_viejas(banco)

    en_banco(carpeta_datos, prueba, clase=BancoDeTicks, semilla=2, cambios=SIN_UMBRAL)


def test_r13_sin_ticks_un_minuto_solo_valen_los_que_da_al_reconectar(carpeta_datos: Path) -> None:
    """El cliente renueva la conexión y la sede contesta a la suscripción con el precio de ahora: ese sí es fresco."""

    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.compras)
        banco.servidor.fallos.programar(F11, modo="rancios", todos=True, dura_s=60)
        await asyncio.sleep(120)
        await banco.hasta(lambda: len(banco.compras) > 3, 300)
        _sin_ordenes_viejas(banco)

    en_banco(carpeta_datos, prueba, clase=BancoDeTicks, semilla=2, cambios={"regla": {"stop_pct": "50"}})


def test_r13_el_canal_mudo_no_deja_entrar(carpeta_datos: Path) -> None:
    """La conexión sigue abierta y la sede ya no dice nada por ella."""

    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.compras)
        for sesion in banco.servidor.de_cuenta(banco.cuenta):
            sesion.muda = True
        await banco.hasta(lambda: len(banco.compras) > 3, 600)
        _sin_ordenes_viejas(banco)
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, clase=BancoDeTicks, semilla=2, cambios={"regla": {"stop_pct": "50"}})


@pytest.mark.parametrize("modo", ["cruzada", "absurda", "cero", "negativa"])
def test_r13_una_cotizacion_imposible_no_llega_a_la_senal(carpeta_datos: Path, modo: str) -> None:
    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.compras)
        fin = banco.equipo.monotonico() + OBSERVA_S
        while banco.equipo.monotonico() < fin:  # una de cada pocas, sin parar
            banco.servidor.fallos.programar(COTIZACION_RARA, modo=modo)
            await asyncio.sleep(2.3)
        raras = banco.servidor.fallos.cuentas[COTIZACION_RARA]
        assert raras > 20
        assert banco.bot is not None
        assert banco.bot.cliente.recepcion.filtro.descartados >= raras
        await banco.hasta(lambda: len(banco.compras) > 3)
        _sin_ordenes_viejas(banco)

    en_banco(carpeta_datos, prueba, clase=BancoDeTicks, semilla=2, cambios={"regla": {"stop_pct": "50"}})
