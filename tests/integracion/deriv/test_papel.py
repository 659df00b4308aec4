"""El entorno papel contra la sede de laboratorio: ni una compra en la sede, y las mismas reglas que ella."""

import asyncio
import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bots.deriv.papel import BALANCE_INICIAL
from dominio.errores import ErrorConfiguracion
from dominio.instrumentos import Entorno
from dominio.posiciones import Resultado
from historial.csv_operaciones import exportar
from historial.models import Operacion
from historial.selectors.operaciones import Filtro
from integracion_deriv.config import ConfigDeriv
from laboratorio.deriv.nombres_fallos import F19
from simulacion.sedes.deriv.liquidacion import gana
from tests.fallos.banco import Banco, en_banco
from timonel.ensayos.taller import en_linea

pytestmark = [pytest.mark.django_db(transaction=True)]


class BancoPapel(Banco):
    """Un bot en papel; ``con_token`` False entra por el canal público."""

    con_token = True

    def __init__(self, datos: Path, **opciones: Any) -> None:
        super().__init__(datos, **opciones)
        self.config = self.config.model_copy(update={"entorno": Entorno.PAPEL})

    @property
    def conexion(self) -> ConfigDeriv:
        credenciales = {"app_id": "1", "token": self.token} if self.con_token else {}
        return ConfigDeriv.crear(
            url_rest=self.servidor.url_rest, url_ws=self.servidor.url_ws, entorno=Entorno.PAPEL, **credenciales
        )

    @property
    def cuenta_papel(self) -> str:
        return f"PAPEL-{self.cuenta if self.con_token else 'PUBLICA'}"

    def cerradas(self) -> list[Operacion]:
        filtro = {"cuenta": self.cuenta_papel, "estado": "cerrada"}
        return en_linea(lambda: list(Operacion.objects.filter(**filtro).order_by("pk")))

    def todas(self) -> list[Operacion]:
        return en_linea(lambda: list(Operacion.objects.order_by("pk")))

    def balance(self) -> Decimal:
        assert self.bot is not None
        return self.bot.bucle.estado.libro.asentado


class BancoPublico(BancoPapel):
    con_token = False


def _de_la_sede(banco: Banco, operacion: Operacion, duracion: int) -> tuple[Decimal, Decimal, str]:
    """Devuelve entrada, salida y resultado según las reglas de la sede, sobre los ticks de su mercado."""
    inicio = int(operacion.hora_inicio.timestamp())
    horas, precios = banco.libro.mercado.tramo(operacion.activo, inicio + 1, inicio + 2 * (duracion + 2))
    entrada, salida = float(precios[0]), float(precios[duracion])
    assert int(horas[duracion]) == int(operacion.liquidada_en.timestamp())
    resultado = "ganada" if gana(operacion.direccion, entrada, salida) else "perdida"
    return Decimal(str(entrada)), Decimal(str(salida)), resultado


def _comprobar_reglas(banco: BancoPapel) -> None:
    for operacion in banco.cerradas():
        entrada, salida, resultado = _de_la_sede(banco, operacion, banco.config.contrato.duracion)
        assert (operacion.precio_entrada, operacion.precio_salida) == (entrada, salida)
        assert operacion.resultado == resultado
        cobrado = operacion.pago if resultado == "ganada" else Decimal(0)
        assert (operacion.cobrado, operacion.beneficio) == (cobrado, cobrado - operacion.monto)


@pytest.mark.parametrize("clase", [BancoPapel, BancoPublico])
def test_no_llega_ni_una_compra_y_se_liquida_como_la_sede(carpeta_datos: Path, clase: type[BancoPapel]) -> None:
    async def prueba(banco: BancoPapel) -> None:
        await banco.nacer()
        await banco.hasta(lambda: len(banco.cerradas()) >= 5)
        assert banco.compras == () and banco._cotizaciones == {}
        assert banco.libro.cuentas[banco.cuenta].balance == BALANCE_INICIAL
        _comprobar_reglas(banco)
        for operacion in banco.todas():
            assert operacion.ficticia and operacion.entorno == "papel" and operacion.cuenta == banco.cuenta_papel
        assert banco.balance() == BALANCE_INICIAL + sum(o.beneficio for o in banco.cerradas())

    en_banco(carpeta_datos, prueba, clase=clase, semilla=5, cambios={"regla": {"stop_pct": "50"}})


def test_lo_que_pase_en_la_cuenta_de_verdad_no_entra_en_el_libro_de_papel(carpeta_datos: Path) -> None:
    async def prueba(banco: BancoPapel) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.cerradas())
        banco.libro.mover(banco.cuenta, "deposit", Decimal(500))
        banco.servidor.fallos.programar(F19)
        await asyncio.sleep(90)
        assert banco.bot is not None
        assert banco.bot.bucle.estado.libro.ajenos == 0
        assert en_linea(lambda: banco.movimientos()) == []
        assert banco.balance() == BALANCE_INICIAL + sum(o.beneficio for o in banco.cerradas())

    en_banco(carpeta_datos, prueba, clase=BancoPapel, semilla=5, cambios={"regla": {"stop_pct": "50"}})


def test_tras_un_corte_se_liquida_con_los_ticks_que_faltaron(carpeta_datos: Path) -> None:
    async def prueba(banco: BancoPapel) -> None:
        await banco.nacer()
        for _ in range(4):
            hechas = len(banco.cerradas())
            await banco.hasta(lambda: banco.bot.bucle.estado.libro.abiertos)  # type: ignore[union-attr]
            await asyncio.sleep(1.5)
            banco.servidor.cortar_todas()
            await banco.hasta(lambda antes=hechas: len(banco.cerradas()) > antes)
        _comprobar_reglas(banco)
        assert banco.compras == ()

    en_banco(carpeta_datos, prueba, clase=BancoPapel, semilla=5, cambios={"regla": {"stop_pct": "50"}})


def test_un_contrato_de_una_vida_anterior_queda_nulo_y_el_balance_sigue(carpeta_datos: Path) -> None:
    async def prueba(banco: BancoPapel) -> None:
        await banco.nacer()
        await banco.hasta(lambda: len(banco.cerradas()) >= 2 and banco.bot.bucle.estado.libro.abiertos)  # type: ignore[union-attr]
        (perdido,) = banco.bot.bucle.estado.libro.abiertos  # type: ignore[union-attr]
        antes = banco.balance()
        await banco.renacer()
        await banco.hasta(lambda: not banco.bot.bucle.estado.libro.abiertos)  # type: ignore[union-attr]
        (nula,) = [o for o in banco.cerradas() if o.numero_contrato == perdido]
        assert nula.resultado == Resultado.NULA and nula.beneficio == 0
        assert banco.bot is not None and banco.bot.bucle.estado.contadores.nulas == 1
        await banco.hasta(lambda: len(banco.cerradas()) >= 4)
        propias = [o.beneficio for o in banco.cerradas() if o.pk > nula.pk]
        assert banco.balance() == antes + sum(propias)
        assert banco.compras == ()

    en_banco(carpeta_datos, prueba, clase=BancoPapel, semilla=5, cambios={"regla": {"stop_pct": "50"}})


def test_la_exportacion_dice_que_son_ficticias(carpeta_datos: Path, tmp_path: Path) -> None:
    async def prueba(banco: BancoPapel) -> None:
        await banco.nacer()
        await banco.hasta(lambda: len(banco.cerradas()) >= 2)

    en_banco(carpeta_datos, prueba, clase=BancoPapel, semilla=5)
    exportar(Filtro(ficticia=True), tmp_path / "ops.csv")
    filas = list(csv.DictReader((tmp_path / "ops.csv").open(encoding="utf-8", newline="")))
    assert len(filas) >= 2
    assert {(fila["ficticia"], fila["entorno"]) for fila in filas} == {("1", "papel")}


def test_sin_clave_solo_se_entra_en_papel() -> None:
    for entorno in (Entorno.SIMULADO, Entorno.DEMO, Entorno.REAL):
        config = ConfigDeriv.crear(url_rest="http://127.0.0.1:1", entorno=entorno)
        assert not config.publica
        with pytest.raises(ErrorConfiguracion):
            config.exigir_credenciales()
    assert ConfigDeriv.crear(entorno=Entorno.PAPEL).publica
    assert not ConfigDeriv.crear(entorno=Entorno.PAPEL, token="una-clave").publica
