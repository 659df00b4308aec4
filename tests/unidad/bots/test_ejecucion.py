"""Cómo acaba un proceso que opera: con calma, ya si se insiste, y sin tapar un fallo de dentro."""

import asyncio
import os
import signal
from types import SimpleNamespace

import pytest

from bots import ejecucion

pytestmark = pytest.mark.rapido


class BucleDeGuion:
    """Un bucle que no acaba nunca, o que falla. Cuenta cuántas veces se le pidió acabar."""

    def __init__(self, fallo=None):
        self.fallo, self.pedidas = fallo, 0

    async def correr(self):
        if self.fallo is not None:
            raise self.fallo
        await asyncio.Event().wait()

    def terminar(self):
        self.pedidas += 1


def _operar(monkeypatch, carpeta, bucle, **opciones):
    cerrados = []

    async def montar(*_args):
        return montado

    async def nada(*_args):
        return None

    async def cerrar():
        cerrados.append(True)

    async def siempre(*_args):
        await asyncio.Event().wait()

    montado = SimpleNamespace(
        bucle=bucle,
        cliente=SimpleNamespace(terminado=siempre),
        freno=SimpleNamespace(detener=lambda: None, soltar=lambda: None),
        aprendido=SimpleNamespace(guardar=nada, guardar_siempre=siempre),
        latidos=SimpleNamespace(siempre=siempre),
        cerrar=cerrar,
    )
    for nombre, falso in (("montar", montar), ("anclar_siempre", siempre), ("anclar_ahora", nada)):
        monkeypatch.setattr(ejecucion, nombre, falso)
    piezas = SimpleNamespace(datos=carpeta, ejecutor=None, reloj=None)
    config = SimpleNamespace(nombre="bot")

    async def todo():
        await ejecucion.operar(config, None, piezas, **opciones)

    try:
        asyncio.run(todo())
    finally:
        assert cerrados == [True]
        assert not (carpeta / "procesos" / "bot.pid").exists()


def test_un_plazo_vencido_dentro_del_bot_no_pasa_por_un_final_con_calma(monkeypatch, tmp_path):
    with pytest.raises(TimeoutError, match="de dentro"):
        _operar(monkeypatch, tmp_path, BucleDeGuion(TimeoutError("de dentro")), segundos=60.0)


def test_pedirlo_dos_veces_acaba_aunque_la_sede_no_vuelva(monkeypatch, tmp_path):
    bucle = BucleDeGuion()

    def insistir(*_args):
        bucle_asincrono = asyncio.get_running_loop()
        for segundos in (0.05, 0.1):
            bucle_asincrono.call_later(segundos, os.kill, os.getpid(), signal.SIGTERM)

    _operar(monkeypatch, tmp_path, bucle, al_montar=insistir)
    assert bucle.pedidas == 2


def test_pedirlo_una_vez_espera(monkeypatch, tmp_path):
    bucle = BucleDeGuion()

    def pedir(*_args):
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(ejecucion, "ESPERA_FINAL_S", 0.2)
    _operar(monkeypatch, tmp_path, bucle, segundos=0.01, al_montar=pedir)
    assert bucle.pedidas == 2  # la señal y el tiempo cumplido: solo el plazo lo acabó
