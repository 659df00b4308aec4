"""Las claves tecleadas en el panel: se cierran, el panel no las puede abrir y quien opera las lee al arrancar."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from dominio.errores import ErrorConfiguracion, ErrorUsuario
from dominio.reloj import RelojSistema
from historial import sobres
from historial.models import Evento, FilaAuditoria, SecretoCifrado
from historial.services import secretos
from tests.integracion.acceso.ayudas import entrar, persona
from tests.rutas import RAIZ
from timonel.llaves import completar_entorno, crear_llaves, olvidar_privada

VALOR = "pat_canario_de_prueba_0123456789"
NOMBRE = "TIMONEL_DERIV_TOKEN"


@pytest.fixture
def llaves(carpeta_datos: Path) -> tuple[Path, Path]:
    return crear_llaves(carpeta_datos, carpeta_datos / "aparte" / "operador.llave")


def _publica(llaves: tuple[Path, Path]) -> str:
    return llaves[1].read_text().strip()


def _guardar(llaves: tuple[Path, Path], valor: str = VALOR, nombre: str = NOMBRE) -> None:
    secretos.guardar_secreto(nombre, valor, _publica(llaves), "prueba", ahora=RelojSistema().ahora())


@pytest.mark.django_db
def test_se_teclea_en_el_panel_y_nadie_lo_vuelve_a_ver(llaves: tuple[Path, Path]) -> None:
    cliente = entrar(persona("administrar", factor=True), reforzada=True)
    respuesta = cliente.post(reverse("acceso:claves"), {"nombre": NOMBRE, "valor": f" {VALOR}\n"})
    assert respuesta.status_code == 302
    fila = SecretoCifrado.objects.get()
    assert (fila.nombre, fila.pista, fila.kid) == (NOMBRE, "…6789", sobres.kid_de(_publica(llaves)))
    visto = cliente.get(reverse("acceso:claves")).content.decode()
    assert "…6789" in visto
    todo = visto + fila.sobre + "".join(map(str, FilaAuditoria.objects.values_list("datos", flat=True)))
    assert VALOR not in todo + str(list(Evento.objects.values_list("datos", flat=True)))
    assert FilaAuditoria.objects.filter(accion="clave_guardada", objeto=NOMBRE).exists()
    assert cliente.post(reverse("acceso:clave_borrar", args=[NOMBRE])).status_code == 302
    assert not SecretoCifrado.objects.exists()


@pytest.mark.django_db
def test_sin_refuerzo_o_sin_permiso_no_se_guarda(llaves: tuple[Path, Path]) -> None:
    datos = {"nombre": NOMBRE, "valor": VALOR}
    for cliente, estado in (
        (entrar(persona("administrar", "a", factor=True)), 302),
        (entrar(persona("administrar", "b")), 302),
        (entrar(persona("operar", factor=True), reforzada=True), 403),
    ):
        assert cliente.post(reverse("acceso:claves"), datos).status_code == estado
    assert not SecretoCifrado.objects.exists()


@pytest.mark.django_db
def test_sin_llave_publica_lo_dice_y_no_guarda(carpeta_datos: Path) -> None:
    cliente = entrar(persona("administrar", factor=True), reforzada=True)
    respuesta = cliente.post(reverse("acceso:claves"), {"nombre": NOMBRE, "valor": VALOR})
    assert respuesta.status_code == 400
    assert "configurar --llave" in respuesta.content.decode()
    assert VALOR not in respuesta.content.decode()


@pytest.mark.django_db
def test_quien_opera_las_lee_y_el_entorno_manda(llaves: tuple[Path, Path]) -> None:
    _guardar(llaves)
    entorno = {"TIMONEL_LLAVE_SOBRES_FILE": str(llaves[0])}
    assert completar_entorno(entorno, print) == [NOMBRE]
    assert entorno[NOMBRE] == VALOR
    con_variable = {**entorno, NOMBRE: "la del entorno"}
    assert completar_entorno(con_variable, print) == []
    assert con_variable[NOMBRE] == "la del entorno"
    con_fichero = {"TIMONEL_LLAVE_SOBRES_FILE": str(llaves[0]), f"{NOMBRE}_FILE": "/algun/sitio"}
    assert completar_entorno(con_fichero, print) == []


@pytest.mark.django_db
def test_con_el_entorno_del_panel_no_se_abren(llaves: tuple[Path, Path]) -> None:
    _guardar(llaves)
    del_panel: dict[str, str] = {"TIMONEL_LLAVE_SOBRES_FILE": str(llaves[0])}
    olvidar_privada(del_panel)
    dicho: list[str] = []
    assert completar_entorno(del_panel, dicho.append) == []
    assert NOMBRE not in del_panel
    assert "TIMONEL_LLAVE_SOBRES_FILE" in dicho[0]
    with pytest.raises(ErrorConfiguracion) as fallo:
        secretos.abrir_secretos(_publica(llaves))  # la pública no abre
    assert fallo.value.codigo == "SOB-02"


@pytest.mark.django_db(transaction=True)
def test_el_proceso_del_panel_no_se_queda_con_el_sitio_de_la_llave(
    llaves: tuple[Path, Path], entorno_hijo: dict[str, str]
) -> None:
    programa = (
        "import os, timonel.cli.panel as p, timonel.arranque, asyncio;"
        "p.asyncio.run = lambda c: c.close();"
        "p.servir(0, '127.0.0.1', False); print(os.environ.get('TIMONEL_LLAVE_SOBRES_FILE'))"
    )
    entorno = entorno_hijo | {"TIMONEL_LLAVE_SOBRES_FILE": str(llaves[0]), "PYTHONPATH": str(RAIZ)}
    hecho = subprocess.run([sys.executable, "-c", programa], env=entorno, capture_output=True, text=True, check=True)
    assert hecho.stdout.strip() == "None"


def test_un_sobre_movido_de_sitio_o_tocado_no_se_abre() -> None:
    privada, publica = sobres.crear_par()
    sobre = sobres.cerrar(VALOR, "secretos|UNO", publica)
    assert sobres.abrir(sobre, "secretos|UNO", privada) == VALOR
    otra, _ = sobres.crear_par()
    tocado = sobre[:-8] + ("AAAA" if sobre[-8:-4] != "AAAA" else "BBBB") + sobre[-4:]
    for malo, sitio, llave in (
        (sobre, "secretos|DOS", privada),
        (tocado, "secretos|UNO", privada),
        (sobre, "secretos|UNO", otra),
    ):
        with pytest.raises(ErrorConfiguracion) as fallo:
            sobres.abrir(malo, sitio, llave)
        assert fallo.value.codigo == "SOB-02"
        assert VALOR not in str(fallo.value.como_dict())


def test_dos_sobres_de_lo_mismo_no_se_parecen() -> None:
    _, publica = sobres.crear_par()
    assert sobres.cerrar("x", "s|n", publica) != sobres.cerrar("x", "s|n", publica)


@pytest.mark.skipif(os.name != "posix", reason="permisos de POSIX")
def test_la_privada_es_solo_de_su_dueno(llaves: tuple[Path, Path]) -> None:
    assert stat.S_IMODE(llaves[0].stat().st_mode) == 0o400
    llaves[0].chmod(0o440)
    with pytest.raises(ErrorConfiguracion) as fallo:
        sobres.leer_privada(llaves[0])
    assert fallo.value.codigo == "SOB-03"


def test_no_se_sustituye_una_llave_que_existe(llaves: tuple[Path, Path], carpeta_datos: Path) -> None:
    antes = llaves[0].read_bytes(), llaves[1].read_bytes()
    with pytest.raises(ErrorConfiguracion) as fallo:
        crear_llaves(carpeta_datos, llaves[0])
    assert fallo.value.codigo == "SOB-06"
    assert (llaves[0].read_bytes(), llaves[1].read_bytes()) == antes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("nombre", "valor", "codigo"),
    [
        ("TIMONEL_CLAVE_SECRETA", VALOR, "SOB-04"),
        (NOMBRE, "", "SOB-05"),
        (NOMBRE, "a\nb", "SOB-05"),
        (NOMBRE, "x" * 5000, "SOB-05"),
    ],
)
def test_solo_se_guardan_claves_de_sede_enteras(llaves: Any, nombre: str, valor: str, codigo: str) -> None:
    with pytest.raises(ErrorUsuario) as fallo:
        _guardar(llaves, valor, nombre)
    assert fallo.value.codigo == codigo
