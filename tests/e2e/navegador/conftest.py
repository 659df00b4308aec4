"""El banco, el navegador y una persona que ya entró, comunes a toda la carpeta; las páginas, una por prueba."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.navegador import chromium
from tests.e2e.navegador.banco import Banco
from tests.e2e.navegador.entrar import Persona
from tests.e2e.navegador.vigia import Vigia
from tests.servicios.entorno import carpeta_rapida

PLAZO_MS = 15_000


@pytest.hookimpl(tryfirst=True)  # antes de que xdist lea los grupos
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marca ``navegador`` todo lo de esta carpeta, y lo salta si no hay con qué (o falla, si es obligatorio)."""
    aqui = Path(__file__).parent
    suyas = [item for item in items if aqui in item.path.parents]
    razon = chromium.por_que_no() if suyas else ""
    for item in suyas:
        item.add_marker("navegador")
        # Todas en un trabajador: comparten el banco. Y acaban antes de otras: Playwright deja un bucle en marcha.
        item.add_marker(pytest.mark.xdist_group("navegador"))
        if razon and not chromium.obligatorio():
            item.add_marker(pytest.mark.skip(reason=razon))


@pytest.fixture(scope="package")
def banco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Banco]:
    """Una instalación en marcha: panel, bot operando y bot en pausa."""
    with carpeta_rapida("navegador", tmp_path_factory.getbasetemp()) as carpeta:
        abierto = Banco(carpeta)
        try:
            yield abierto.abrir()
        finally:
            abierto.cerrar()


@pytest.fixture(scope="package")
def navegador() -> Iterator[Any]:
    """Chromium abierto."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        abierto = chromium.abrir(playwright)
        yield abierto
        abierto.close()


@pytest.fixture(scope="package")
def persona() -> Persona:
    """Quien entra en el panel."""
    return Persona()


@pytest.fixture(scope="package")
def sesion(banco: Banco, navegador: Any, persona: Persona) -> dict[str, Any]:
    """La sesión (cookies) de quien entró con su enlace y activó los códigos: todas las pruebas la comparten."""
    contexto = nuevo_contexto(navegador)
    try:
        pagina = contexto.new_page()
        persona.entrar_con_enlace(pagina, banco.enlace)
        persona.activar_codigos(pagina)
        estado: dict[str, Any] = contexto.storage_state()
        return estado
    finally:
        contexto.close()


@pytest.fixture
def contexto(banco: Banco, navegador: Any, sesion: dict[str, Any]) -> Iterator[Any]:
    """Un contexto con la sesión abierta y un vigía; al acabar la prueba no debe haber ninguna queja."""
    abierto = nuevo_contexto(navegador, storage_state=sesion)
    abierto.vigia = Vigia(abierto, urlsplit(banco.url).netloc)
    yield abierto
    for pagina in abierto.pages:
        abierto.vigia.recoger(pagina)
    quejas = abierto.vigia.quejas()
    abierto.close()
    assert quejas == []


@pytest.fixture
def pagina(contexto: Any) -> Any:
    """Una página nueva con la sesión abierta."""
    return contexto.new_page()


def nuevo_contexto(navegador: Any, **opciones: Any) -> Any:
    """Devuelve un contexto en español y en hora de Bogotá, ancho de escritorio si no se dice otro."""
    de_serie = {"locale": "es-CO", "timezone_id": "America/Bogota", "viewport": {"width": 1440, "height": 900}}
    nuevo = navegador.new_context(**{**de_serie, **opciones})
    nuevo.set_default_timeout(PLAZO_MS)
    return nuevo
