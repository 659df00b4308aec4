"""Lo aprendido vuelve tras reiniciar; un fichero dañado, ajeno o del futuro se ignora y se cuenta."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bots import ejecucion
from bots.deriv.aprendido import CADA_S, Aprendido
from bots.deriv.composicion import Montado
from dominio.instrumentos import Entorno
from dominio.velas import Tick
from historial.ejecutores import EnLinea
from historial.models import Evento
from simulacion.bucles import BASE_MS, RelojDeBucle, correr
from tests.fallos.banco import Banco, en_banco
from timonel.ensayos.taller import en_linea
from trading.motor_senales.motor import MotorSenales
from trading.motor_senales.parametros import ParametrosSenales

pytestmark = [pytest.mark.django_db(transaction=True)]
ACTIVO = "1HZ100V"


def _motor(**parametros: Any) -> MotorSenales:
    return MotorSenales(ParametrosSenales(**{"vela_s": 5} | parametros), (ACTIVO,))


def _ensenar(motor: MotorSenales, hasta_ms: int = BASE_MS) -> None:
    precios = 1000 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 1e-4, 1500)))
    for i, precio in enumerate(precios):
        motor.procesar_tick(Tick(ACTIVO, hasta_ms - (1500 - i) * 1000, float(round(precio, 2))))
    assert motor.reporte().n > 0


def _memoria(motor: MotorSenales, datos: Path, **cambios: Any) -> Aprendido:
    valores: dict[str, Any] = {"bot": "b", "entorno": Entorno.DEMO, "cuenta": "C1"} | cambios
    reloj = RelojDeBucle(asyncio.get_running_loop())
    return Aprendido(motor, datos=datos, ejecutor=EnLinea(), reloj=reloj, **valores)


def _ignorados() -> list[dict[str, Any]]:
    return en_linea(lambda: [e.datos for e in Evento.objects.filter(tipo="APRENDIDO_IGNORADO")])


def test_lo_aprendido_vuelve_entero(tmp_path: Path) -> None:
    async def guion() -> None:
        sabio = _motor()
        _ensenar(sabio)
        await _memoria(sabio, tmp_path).guardar()
        nuevo = _motor()
        assert await _memoria(nuevo, tmp_path).restaurar()
        assert nuevo.estado() == sabio.estado()
        assert [ruta.name for ruta in (tmp_path / "aprendido").iterdir()] == ["b.json"]
        assert _ignorados() == []

    correr(guion())


def test_la_primera_vez_no_hay_nada_que_contar(tmp_path: Path) -> None:
    async def guion() -> None:
        assert not await _memoria(_motor(), tmp_path).restaurar()
        assert _ignorados() == []

    correr(guion())


def _cortado(texto: str) -> str:
    return texto[: len(texto) // 2]


def _con(cambio: Callable[[dict[str, Any]], None]) -> Callable[[str], str]:
    def estropear(texto: str) -> str:
        datos = json.loads(texto)
        cambio(datos)
        return json.dumps(datos)

    return estropear


def _activo(datos: dict[str, Any]) -> dict[str, Any]:
    return datos["motor"]["activos"][ACTIVO]


@pytest.mark.parametrize(
    "estropear",
    [
        _cortado,
        lambda _texto: "",
        lambda _texto: "[1, 2]",
        _con(lambda d: d["motor"].update(version=99)),
        _con(lambda d: d["motor"].update(huella="otra")),
        _con(lambda d: _activo(d)["cubetas"].pop()),
        _con(lambda d: _activo(d)["cubetas"][0].update(n=1, aciertos=2)),
        _con(lambda d: _activo(d)["cubetas"][0].update(n=-1)),
        _con(lambda d: _activo(d).update(etiquetado_hasta_ms=BASE_MS + 10**9)),
        _con(lambda d: d.update(sobra=1)),
    ],
)
def test_lo_que_no_vale_se_ignora_y_se_cuenta(tmp_path: Path, estropear: Callable[[str], str]) -> None:
    async def guion() -> None:
        sabio, nuevo = _motor(), _motor()
        _ensenar(sabio)
        memoria = _memoria(sabio, tmp_path)
        await memoria.guardar()
        memoria.ruta.write_text(estropear(memoria.ruta.read_text()))
        assert not await _memoria(nuevo, tmp_path).restaurar()
        assert nuevo.estado() == _motor().estado()
        (aviso,) = _ignorados()
        assert aviso["codigo"] == "APR-01" and aviso["fichero"] == "b.json"
        await _memoria(nuevo, tmp_path).guardar()  # y el siguiente guardado lo arregla
        assert await _memoria(_motor(), tmp_path).restaurar()

    correr(guion())


def test_con_otros_parametros_se_empieza_de_cero(tmp_path: Path) -> None:
    async def guion() -> None:
        sabio = _motor()
        _ensenar(sabio)
        await _memoria(sabio, tmp_path).guardar()
        assert not await _memoria(_motor(vela_s=10), tmp_path).restaurar()
        assert len(_ignorados()) == 1

    correr(guion())


def test_papel_demo_y_real_comparten_mercado_y_cada_simulacion_tiene_el_suyo(tmp_path: Path) -> None:
    async def guion() -> None:
        sabio = _motor()
        _ensenar(sabio)
        await _memoria(sabio, tmp_path).guardar()
        for entorno in (Entorno.PAPEL, Entorno.DEMO, Entorno.REAL):
            assert await _memoria(_motor(), tmp_path, entorno=entorno, cuenta="OTRA").restaurar()
        assert not await _memoria(_motor(), tmp_path, entorno=Entorno.SIMULADO).restaurar()
        await _memoria(sabio, tmp_path, entorno=Entorno.SIMULADO).guardar()
        assert await _memoria(_motor(), tmp_path, entorno=Entorno.SIMULADO).restaurar()
        assert not await _memoria(_motor(), tmp_path, entorno=Entorno.SIMULADO, cuenta="C2").restaurar()
        assert _ignorados() == []

    correr(guion())


def test_se_guarda_cada_cinco_minutos_y_un_disco_que_no_deja_no_para_nada(tmp_path: Path) -> None:
    async def guion() -> None:
        sabio = _motor()
        _ensenar(sabio)
        memoria = _memoria(sabio, tmp_path)
        (tmp_path / "aprendido").write_text("no es una carpeta")
        tarea = asyncio.create_task(memoria.guardar_siempre())
        await asyncio.sleep(CADA_S + 1)
        assert not tarea.done() and not memoria.ruta.exists()
        (tmp_path / "aprendido").unlink()
        await asyncio.sleep(CADA_S)
        assert memoria.ruta.exists()
        tarea.cancel()

    correr(guion())


def test_un_bot_que_acaba_con_calma_recuerda_al_volver(carpeta_datos: Path) -> None:
    async def prueba(banco: Banco) -> None:
        def acabar_pronto(montado: Montado) -> None:
            asyncio.get_running_loop().call_later(30, montado.bucle.terminar)

        acabado = await ejecucion.operar(banco.config, banco.conexion, banco.piezas, al_montar=acabar_pronto)
        sabia = acabado.decisor.motor.estado()
        assert (carpeta_datos / "aprendido" / "deriv_dinamico.simulado.json").exists()
        vistas: list[int] = []
        calentar = MotorSenales.calentar

        def espiar(motor: MotorSenales, simbolo: str, *args: Any, **kwargs: Any) -> int:
            vistas.append(motor.reporte(simbolo).n)
            return calentar(motor, simbolo, *args, **kwargs)

        with pytest.MonkeyPatch.context() as parche:
            parche.setattr(MotorSenales, "calentar", espiar)
            await banco.nacer()
        previas = [sum(c.n for c in sabia.activos[s].cubetas) for s in banco.config.activos]
        assert min(previas) > 0
        assert vistas == previas

    en_banco(carpeta_datos, prueba, semilla=3)
