"""El registro del panel no enseña secretos ni en las trazas."""

import logging
import sys

import pytest

from timonel.registro_web import SinSecretos

pytestmark = pytest.mark.rapido
CLAVE = "otra-clave"


def test_ni_la_linea_ni_la_traza_llevan_secretos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMONEL_DERIV_TOKEN", "pat-canario-9911")
    try:
        raise RuntimeError(f"redis://bot:{CLAVE}@servidor/0 y pat-canario-9911")
    except RuntimeError:
        traza = sys.exc_info()
    linea = logging.LogRecord("x", 40, __file__, 1, "Gone: /acceso/enlace/%s/", ("ficha-secreta",), traza)
    dicho = SinSecretos("%(message)s").format(linea)
    assert "RuntimeError" in dicho
    assert "/acceso/enlace/•••/" in dicho
    for secreto in ("ficha-secreta", "pat-canario-9911", CLAVE):
        assert secreto not in dicho
