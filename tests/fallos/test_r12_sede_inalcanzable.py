"""R12: la sede deja de alcanzarse diez minutos (puerto cerrado, agujero negro, cortes, lentitud).

Mientras dura no hay entradas; el bot sabe que no está listo antes de un minuto; y al volver
reconcilia antes de comprar.
"""

import asyncio
from pathlib import Path

import pytest

from dominio.reloj import de_epoch_ms
from laboratorio.deriv.apagones import MODOS
from tests.fallos.banco import Banco, en_banco

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

DURA_S, AVISO_S = 600.0, 60.0
LECTURAS = {"portfolio", "statement", "balance"}


class BancoConOido(Banco):
    """Apunta cada llamada que la sede atiende, con su hora de la sede."""

    def _espiar(self, direccion: str, dialecto: str, llamada: str, mensaje: object) -> None:
        super()._espiar(direccion, dialecto, llamada, mensaje)
        if direccion == "enviado":
            self.llamadas.append((self.reloj.epoch_ms(), llamada))


@pytest.mark.parametrize("modo", MODOS)
def test_r12_sin_sede_no_se_entra_y_al_volver_se_reconcilia_primero(carpeta_datos: Path, modo: str) -> None:
    async def prueba(banco: Banco) -> None:
        assert isinstance(banco, BancoConOido)
        banco.llamadas = []
        await banco.nacer()
        assert banco.bot is not None
        bucle = banco.bot.bucle
        await banco.hasta(lambda: len(banco.compras) >= 2)  # con un contrato abierto
        await banco.servidor.apagones.empezar(modo, retraso_s=30.0)
        if modo == "lento":
            banco.servidor.cortar_todas()  # lo abierto no se entera: la lentitud la nota quien vuelve a entrar
        compras = len(banco.compras)
        assert await banco.hasta(lambda: not bucle.listo, 120) <= AVISO_S
        await asyncio.sleep(DURA_S)
        assert not bucle.listo
        assert len(banco.compras) == compras

        vuelta_ms = banco.reloj.epoch_ms()
        await banco.servidor.apagones.terminar()
        await banco.hasta(lambda: len(banco.compras) > compras, 300)
        compra_ms = banco.compras[-1].comprado_ms
        entre = {llamada for ms, llamada in banco.llamadas if vuelta_ms <= ms <= compra_ms}
        assert entre >= LECTURAS, de_epoch_ms(vuelta_ms)
        await banco.hasta(lambda: not bucle.estado.libro.abiertos)
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, clase=BancoConOido, semilla=2, cambios={"regla": {"stop_pct": "50"}})
