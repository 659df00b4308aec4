"""Las órdenes de mando se cumplen una sola vez, con respuesta y auditoría; las viejas no, salvo el alto."""

import asyncio
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bots.emergencia import ruta_bandera
from bots.mandos import Costuras, MandosDelBot, del_supervisor
from bots.obediencia import CADUCA
from bots.supervisor import Supervisor
from core.configuracion import ConfigBot
from dominio.errores import ErrorConfiguracion, ErrorUsuario
from dominio.freno import Freno
from dominio.reloj import RelojManual
from historial.ejecutores import EnLinea
from historial.models import Evento, FilaAuditoria, OrdenMando
from historial.services import fijar_freno, pedir_mando, tomar_mando

pytestmark = pytest.mark.django_db
BOT = "uno"
CONFIG = ConfigBot(nombre=BOT, familia="deriv_dinamico", activos=("R_10",))


class Escena:
    """Un bot con su bucle de guion y las órdenes que se le piden."""

    def __init__(self, datos: Path, reloj: RelojManual) -> None:
        self.datos, self.reloj = datos, reloj
        self.terminado = 0
        self.config: Callable[[], ConfigBot] = lambda: CONFIG
        self.costuras = Costuras(quien="prueba:1", datos=datos, ejecutor=EnLinea(), reloj=reloj)
        self.mandos = MandosDelBot(BOT, self.costuras, lambda: self.config())
        self._bucle = SimpleNamespace(terminar=self._terminar)
        self._pedidas = 0

    def _terminar(self) -> None:
        self.terminado += 1

    def pedir(self, orden: str, bot: str = BOT, **argumentos: Any) -> OrdenMando:
        self._pedidas += 1
        return pedir_mando(bot, orden, argumentos, "ana", f"clave-{self._pedidas}", ahora=self.reloj.ahora())

    def frenar(self, freno: Freno, ambito: str = "global", clave: str = "") -> None:
        fijar_freno(ambito, clave, freno, "prueba", "ana", ahora=self.reloj.ahora())

    def obedecer(self, obediencia: Any = None) -> int:
        return asyncio.run((obediencia or self.mandos.obediencia(self._bucle)).una_pasada())

    def bandera(self, bot: str | None = None) -> Path:
        return ruta_bandera(self.datos, bot)


@pytest.fixture
def escena(carpeta_datos: Path, reloj: RelojManual) -> Escena:
    return Escena(carpeta_datos, reloj)


def _respuesta(orden: OrdenMando) -> tuple[str, dict[str, Any]]:
    orden.refresh_from_db()
    return orden.estado, orden.respuesta


def test_un_alto_pone_la_bandera_una_sola_vez_y_queda_auditado(escena: Escena) -> None:
    escena.frenar(Freno.DETENIDO)  # como hace quien lo pide
    orden = escena.pedir("alto", bot="", ambito="global", clave="")
    assert escena.obedecer() == 1
    assert escena.bandera().exists()
    assert _respuesta(orden)[0] == "hecha" and orden.respuesta["bandera"] is True
    escena.bandera().unlink()
    assert escena.obedecer() == 0 and not escena.bandera().exists()
    assert list(FilaAuditoria.objects.filter(flujo="mando").values_list("accion", flat=True)) == ["pedida", "hecha"]
    assert Evento.objects.filter(tipo="mando").count() == 2


def test_un_alto_de_un_bot_solo_pone_la_suya(escena: Escena) -> None:
    escena.pedir("alto", ambito="bot", clave=BOT)
    escena.obedecer()
    assert escena.bandera(BOT).exists() and not escena.bandera().exists()


def test_un_alto_viejo_se_obedece_y_lo_demas_viejo_no(escena: Escena) -> None:
    viejas = {orden: escena.pedir(orden) for orden in ("alto", "reanudar", "parar", "reconfigurar")}
    escena.frenar(Freno.ACTIVO)
    escena.reloj.avanzar(CADUCA.total_seconds() + 1)
    assert escena.obedecer() == 4
    assert _respuesta(viejas["alto"])[0] == "hecha" and escena.bandera(BOT).exists()
    for nombre in ("reanudar", "parar", "reconfigurar"):
        estado, respuesta = _respuesta(viejas[nombre])
        assert (estado, respuesta["codigo"]) == ("fallida", "MAN-02")
    assert escena.terminado == 0


def test_un_alto_superado_por_una_reanudacion_posterior_no_vuelve_a_parar(escena: Escena) -> None:
    orden = escena.pedir("alto", bot="", ambito="global", clave="")
    escena.reloj.avanzar(5)
    escena.frenar(Freno.ACTIVO)
    escena.obedecer()
    assert not escena.bandera().exists()
    assert _respuesta(orden)[1]["superada"] is True


def test_reanudar_quita_la_bandera_solo_si_la_base_ya_lo_permite(escena: Escena) -> None:
    escena.frenar(Freno.DETENIDO)
    escena.bandera().touch()
    os.utime(escena.bandera(), (0, 0))
    negada = escena.pedir("reanudar", bot="", ambito="global", clave="")
    escena.obedecer()
    assert _respuesta(negada)[1]["codigo"] == "MAN-04" and escena.bandera().exists()
    escena.frenar(Freno.ACTIVO)
    hecha = escena.pedir("reanudar", bot="", ambito="global", clave="")
    escena.obedecer()
    assert _respuesta(hecha)[0] == "hecha" and not escena.bandera().exists()


def test_un_alto_puesto_despues_de_pedir_reanudar_manda(escena: Escena) -> None:
    escena.frenar(Freno.ACTIVO)
    orden = escena.pedir("reanudar", bot="", ambito="global", clave="")
    escena.bandera().touch()
    despues = (orden.pedida_en + timedelta(seconds=1)).timestamp()
    os.utime(escena.bandera(), (despues, despues))
    escena.obedecer()
    assert _respuesta(orden)[1]["codigo"] == "MAN-05" and escena.bandera().exists()


@pytest.mark.parametrize("clave", ["../fuera", "Uno", "x" * 50, "a/b"])
def test_una_clave_que_no_es_de_bot_no_toca_el_disco(escena: Escena, clave: str) -> None:
    orden = escena.pedir("alto", ambito="bot", clave=clave)
    escena.obedecer()
    assert _respuesta(orden)[1]["codigo"] == "MAN-06"
    assert list(escena.datos.rglob("ALTO*")) == []


def test_parar_termina_con_calma_y_gana_a_reconfigurar(escena: Escena) -> None:
    parar, recargar = escena.pedir("parar"), escena.pedir("reconfigurar")
    escena.obedecer()
    assert (escena.mandos.pedido, escena.terminado) == ("parar", 1)
    assert _respuesta(parar)[0] == "hecha"
    assert _respuesta(recargar) == ("fallida", recargar.respuesta) and recargar.respuesta["codigo"] == "MAN-07"


def test_reconfigurar_guarda_la_nueva_y_una_que_no_vale_deja_la_vieja(escena: Escena) -> None:
    def rota() -> ConfigBot:
        raise ErrorConfiguracion("CFG-05", "No vale.")

    escena.config = rota
    orden = escena.pedir("reconfigurar")
    escena.obedecer()
    assert (escena.mandos.pedido, escena.terminado, _respuesta(orden)[1]["codigo"]) == ("", 0, "CFG-05")
    escena.config = lambda: CONFIG
    escena.pedir("reconfigurar")
    escena.obedecer()
    assert (escena.mandos.pedido, escena.mandos.nueva, escena.terminado) == ("reconfigurar", CONFIG, 1)


def test_lo_de_otro_bot_y_lo_que_no_sabe_se_queda_pendiente(escena: Escena) -> None:
    ajenas = [escena.pedir("parar", bot="otro"), escena.pedir("probar_aviso"), escena.pedir("parar", bot="")]
    assert escena.obedecer() == 0
    assert {_respuesta(orden)[0] for orden in ajenas} == {"pendiente"}


def test_lo_que_dejo_a_medias_un_muerto_se_cierra_y_su_alto_se_repite(escena: Escena) -> None:
    alto, parar = escena.pedir("alto", ambito="bot", clave=BOT), escena.pedir("parar")
    for _ in (alto, parar):
        tomar_mando("muerto:9", ahora=escena.reloj.ahora())
    assert escena.obedecer() == 0  # aún puede estar vivo
    escena.reloj.avanzar(61)
    assert escena.obedecer() == 1
    assert _respuesta(alto)[0] == "hecha" and escena.bandera(BOT).exists()
    assert _respuesta(parar)[1]["codigo"] == "MAN-03" and escena.terminado == 0


def test_un_fallo_imprevisto_se_cuenta_y_no_deja_sordo(escena: Escena) -> None:
    def peta() -> ConfigBot:
        raise RuntimeError("imprevisto")

    escena.config = peta
    orden = escena.pedir("reconfigurar")
    escena.pedir("parar")
    assert escena.obedecer() == 2
    assert _respuesta(orden)[1]["codigo"] == "INT-01" and escena.mandos.pedido == "parar"


def test_cumplir_una_orden_que_acaba_con_el_bot_deja_constancia(escena: Escena) -> None:
    """Quien obedece se cancela en cuanto el bot acaba: la respuesta tiene que escribirse igual."""
    orden = escena.pedir("parar")
    aqui = EnLinea()

    async def lento(funcion: Any, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)  # como un hilo escritor con otras cosas delante
        return await aqui(funcion, *args, **kwargs)

    async def guion() -> None:
        costuras = Costuras(quien="prueba:1", datos=escena.datos, ejecutor=lento, reloj=escena.reloj)
        acabado = asyncio.Event()
        mandos = MandosDelBot(BOT, costuras, lambda: CONFIG)
        tarea = asyncio.create_task(mandos.obediencia(SimpleNamespace(terminar=acabado.set)).obedecer_siempre())
        await acabado.wait()
        tarea.cancel()
        await asyncio.gather(tarea, return_exceptions=True)

    asyncio.run(guion())
    assert _respuesta(orden)[0] == "hecha"


class ProcesoFalso:
    def __init__(self) -> None:
        self._fin = asyncio.Event()

    async def wait(self) -> int:
        await self._fin.wait()
        return 0

    def terminate(self) -> None:
        self._fin.set()


def test_el_supervisor_arranca_y_para_lo_que_se_pide_aunque_no_corra_nada(escena: Escena) -> None:
    def comprobar(bot: str) -> None:
        if bot == "nadie":
            raise ErrorUsuario("BOT-01", "No existe.")

    async def guion() -> dict[str, int]:
        async def lanzar(_bot: str) -> ProcesoFalso:
            return ProcesoFalso()

        supervisor = Supervisor(lanzar=lanzar, reloj=escena.reloj, al_suceso=lambda _suceso: None)
        atento = del_supervisor(supervisor, (), escena.costuras, comprobar)
        correr = asyncio.create_task(supervisor.correr((), esperar=True))
        await asyncio.sleep(0)
        await atento.una_pasada()
        assert supervisor.vivos == (BOT,)
        otra_vez = await escena.costuras.ejecutor(escena.pedir, "arrancar")
        await atento.una_pasada()
        assert await escena.costuras.ejecutor(_respuesta, otra_vez) == ("hecha", {"ya": True})
        await escena.costuras.ejecutor(escena.pedir, "parar", "")
        await atento.una_pasada()
        while supervisor.vivos:
            await asyncio.sleep(0)
        assert not correr.done()
        supervisor.parar()
        return await correr

    arrancar, imposible = escena.pedir("arrancar"), escena.pedir("arrancar", bot="nadie")
    recargar = escena.pedir("reconfigurar", bot="otro")
    salidas = asyncio.run(guion())
    assert salidas == {BOT: 0}
    assert _respuesta(arrancar) == ("hecha", {"arrancado": BOT})
    assert _respuesta(imposible)[1]["codigo"] == "BOT-01"
    assert _respuesta(recargar)[1] == {"cuando": "al arrancar"}
    assert set(OrdenMando.objects.values_list("estado", flat=True)) == {"hecha", "fallida"}
