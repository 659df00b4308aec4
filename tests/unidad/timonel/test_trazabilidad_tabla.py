"""La tabla se lee, se completa y se guarda sin perder filas; y solo cuenta como cubierto lo que lo está."""

import json
from pathlib import Path

import pytest

from dominio.errores import ErrorConfiguracion
from tests.complementos.resultados import fundir, peor
from timonel.trazabilidad import comprobacion, tabla
from timonel.trazabilidad.informe import informe, rotas
from timonel.trazabilidad.modelo import Elemento, Fila

pytestmark = pytest.mark.rapido

PRUEBAS = """
import pytest

def test_viva(): ...

@pytest.mark.skip(reason="apagada")
def test_saltada(): ...

@pytest.mark.xfail
def test_condenada(): ...

@pytest.mark.skipif(True, reason="según")
def test_condicional(): ...

@pytest.mark.parametrize("x", [1])
async def test_asincrona(x): ...

def ayuda(): ...

class TestGrupo:
    def test_dentro(self): ...

@pytest.mark.skip
class TestApagado:
    def test_dentro(self): ...

TestMaquina = Maquina.TestCase
"""


@pytest.fixture
def raiz(tmp_path: Path) -> Path:
    (tmp_path / "codigo.py").write_text("", encoding="utf-8")
    (tmp_path / "test_a.py").write_text(PRUEBAS, encoding="utf-8")
    (tmp_path / "test_b.py").write_text("import pytest\npytestmark = [pytest.mark.skip]\ndef test_x(): ...\n", "utf-8")
    return tmp_path


def _fila(prueba: str, archivo: str = "codigo.py") -> Fila:
    return Fila("000-1-a", "texto", archivo, prueba)


@pytest.mark.parametrize(
    "prueba",
    [
        "test_a.py::test_viva",
        "test_a.py::test_condicional",
        "test_a.py::test_asincrona",
        "test_a.py::TestGrupo::test_dentro",
        "test_a.py::TestMaquina::runTest",
    ],
)
def test_una_fila_con_fichero_y_prueba_esta_cubierta(raiz: Path, prueba: str) -> None:
    assert comprobacion.motivo(_fila(prueba), raiz) is None


@pytest.mark.parametrize(
    ("fila", "porque"),
    [
        (_fila("test_a.py::test_viva", "falta.py"), "no existe el fichero falta.py"),
        (_fila("falta.py::test_viva"), "no existe falta.py"),
        (_fila("test_a.py::test_otra"), "no existe la prueba test_a.py::test_otra"),
        (_fila("test_a.py::ayuda"), "no existe la prueba test_a.py::ayuda"),
        (_fila("test_a.py"), "no existe la prueba test_a.py"),
        (_fila("test_a.py::test_saltada"), "la prueba test_a.py::test_saltada está apagada"),
        (_fila("test_a.py::test_condenada"), "la prueba test_a.py::test_condenada está apagada"),
        (_fila("test_a.py::TestApagado::test_dentro"), "la prueba test_a.py::TestApagado::test_dentro está apagada"),
        (_fila("test_b.py::test_x"), "la prueba test_b.py::test_x está apagada"),
    ],
)
def test_una_fila_sin_fichero_o_sin_prueba_viva_no_esta_cubierta(raiz: Path, fila: Fila, porque: str) -> None:
    assert comprobacion.motivo(fila, raiz) == porque


def test_una_fila_cuya_prueba_fallo_la_ultima_vez_no_esta_cubierta(raiz: Path) -> None:
    assert comprobacion.motivo(_fila("test_a.py::test_viva"), raiz, {"test_a.py::test_viva": "failed"}) is not None


def test_lo_escrito_se_lee_igual(tmp_path: Path) -> None:
    filas = {
        "000": [Fila("a", 'con "comillas", # y: dos puntos'), Fila("b", "ñ|<T>", "x.py", "t.py::test_y")],
        "001": [Fila("c", "", imposible="la sede no lo tiene")],
        "002": [],
    }
    tabla.escribir(filas, tmp_path / "t.yaml")
    assert tabla.leer(tmp_path / "t.yaml") == filas


def test_completar_conserva_lo_hecho_anade_lo_nuevo_y_no_borra_nada() -> None:
    hecha, vieja = _fila("test_a.py::test_viva"), Fila("000-9-z", "ya no está")
    extraidos = {"000": [Elemento("000-1-b", "lista", "b"), Elemento("000-1-a", "lista", "a")]}
    completa = tabla.completar({"000": [vieja, hecha]}, extraidos)
    assert completa == {"000": [Fila("000-1-b", "b"), hecha, vieja]}
    assert tabla.sin_fila({"000": [hecha]}, extraidos) == ["000-1-b"]


@pytest.mark.parametrize(
    "cuerpo",
    [
        '{id: "a", texto: "x"}',
        '{id: "a", texto: "x", archivo: "b.py"}',
        '{id: "a", texto: "x", archivo: "b.py", prueba: "c", pendiente: true}',
        '{texto: "x", pendiente: true}',
        '{id: "a", pendiente: true, invento: 1}',
    ],
)
def test_una_fila_a_medias_se_rechaza(tmp_path: Path, cuerpo: str) -> None:
    (tmp_path / "t.yaml").write_text(f'"000":\n  - {cuerpo}\n', encoding="utf-8")
    with pytest.raises(ErrorConfiguracion) as fallo:
        tabla.leer(tmp_path / "t.yaml")
    assert fallo.value.codigo == "CFG-TRZ2"


def test_sin_tabla_el_error_dice_que_falta(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion) as fallo:
        tabla.leer(tmp_path / "t.yaml")
    assert fallo.value.codigo == "CFG-TRZ1"


def test_el_informe_cuenta_cada_fila_en_un_solo_sitio(raiz: Path) -> None:
    filas = [
        _fila("test_a.py::test_viva"),
        _fila("test_a.py::test_saltada"),
        Fila("000-1-b", "pendiente"),
        Fila("000-1-c", "no puede", imposible="la sede no lo tiene"),
    ]
    tabla.escribir({"000": filas}, raiz / "t.yaml")
    assert informe(raiz / "t.yaml", raiz) == {
        "000": {"filas": 4, "cubiertas": 1, "pendientes": 2, "imposibles": 1, "rotas": 1, "sin_correr": 0},
        "001": {"filas": 0, "cubiertas": 0, "pendientes": 0, "imposibles": 0, "rotas": 0, "sin_correr": 0},
        "002": {"filas": 0, "cubiertas": 0, "pendientes": 0, "imposibles": 0, "rotas": 0, "sin_correr": 0},
    }
    assert rotas(raiz / "t.yaml", raiz) == ["000-1-a: la prueba test_a.py::test_saltada está apagada"]


@pytest.mark.parametrize(("ultimo", "rotas", "saltadas"), [("failed", 1, 0), ("skipped", 0, 1)])
def test_el_informe_descuenta_lo_que_no_paso_la_ultima_vez(raiz: Path, ultimo: str, rotas: int, saltadas: int) -> None:
    tabla.escribir({"000": [_fila("test_a.py::test_viva")]}, raiz / "t.yaml")
    guardados = raiz / comprobacion.RESULTADOS
    guardados.parent.mkdir(parents=True)
    guardados.write_text(json.dumps({"test_a.py::test_viva": ultimo}), encoding="utf-8")
    cuenta = informe(raiz / "t.yaml", raiz)["000"]
    assert (cuenta["cubiertas"], cuenta["rotas"], cuenta["sin_correr"]) == (0, rotas, saltadas)


def test_una_variante_que_falla_basta_y_saltarse_no_borra_lo_pasado() -> None:
    assert peor("passed", "failed") == peor("failed", "skipped") == "failed"
    assert peor("skipped", "passed") == "passed"
    assert peor(None, "skipped") == "skipped"
    guardados = {"a": "passed", "b": "failed", "c": "passed"}
    assert fundir(guardados, {"a": "skipped", "b": "passed", "d": "skipped"}) == {
        "a": "passed", "b": "passed", "c": "passed", "d": "skipped",
    }  # fmt: skip
