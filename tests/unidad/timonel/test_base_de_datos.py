"""De dónde sale la dirección de la base: la variable, su fichero o SQLite."""

from pathlib import Path

import pytest

from dominio.errores import ErrorConfiguracion
from timonel.base_de_datos import ajustes_de_base, direccion_de_base

pytestmark = pytest.mark.rapido


def test_la_variable_manda_sobre_su_fichero(tmp_path: Path) -> None:
    fichero = tmp_path / "base"
    fichero.write_text("postgresql://timonel:de-prueba@base:5432/timonel\n")
    entorno = {"TIMONEL_BASE_DE_DATOS_FILE": str(fichero)}
    ajustes = ajustes_de_base(direccion_de_base(entorno), tmp_path)
    assert (ajustes["HOST"], ajustes["PASSWORD"]) == ("base", "de-prueba")
    assert direccion_de_base(entorno | {"TIMONEL_BASE_DE_DATOS": "sqlite:///otra"}) == "sqlite:///otra"
    assert direccion_de_base({}) == ""


def test_un_fichero_que_falta_no_lleva_a_otra_base(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion) as fallo:
        direccion_de_base({"TIMONEL_BASE_DE_DATOS_FILE": str(tmp_path / "no-esta")})
    assert fallo.value.codigo == "CFG-BD2"
