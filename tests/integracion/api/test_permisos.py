"""Quién puede qué: cada ruta con cada clase de visitante, el CSRF, el refuerzo y lo que parar y reanudar hacen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from knox.models import AuthToken

from core.models import EstadoGuardado
from dashboard.acceso.fichas import FichaAlcance
from dominio.reloj import RelojManual, RelojSistema
from historial.models import EstadoFreno, OrdenMando
from historial.selectors import freno_vigente
from tests.integracion.acceso.ayudas import entrar, reforzar
from tests.integracion.acceso.ayudas import persona as nueva_persona
from tests.integracion.dashboard.fabrica import BOT, bot_nuevo
from tests.integracion.historial.fabrica import cuenta_nueva

pytestmark = pytest.mark.django_db
LECTURAS = (
    "estado/", "winrate/", "estadisticas/", "historicos/", "historicos/csv/", "balance/", "balance/serie/",
    "temporizador/", "horarios/", "bots/", f"bots/{BOT}/", "velas/?simbolo=R_50", "esquema/",
)  # fmt: skip
MANDOS = ("alto/", "reanudar/")


@pytest.fixture
def con_bot(reloj: RelojManual, carpeta_datos: Any) -> str:
    cuenta = cuenta_nueva()
    bot_nuevo(reloj, cuenta)
    return cuenta


def estados(cliente: Client, rutas: tuple[str, ...], metodo: str = "get") -> set[int]:
    """Devuelve qué contestan esas rutas; el cuerpo de un error es siempre el mismo."""
    vistos = set()
    for ruta in rutas:
        respuesta = getattr(cliente, metodo)(f"/api/v1/{ruta}", **_cuerpo(metodo))
        vistos.add(respuesta.status_code)
        if respuesta.status_code >= 400:
            assert set(respuesta.json()) == {"codigo", "mensaje", "detalle"}, ruta
    return vistos


def _cuerpo(metodo: str) -> dict[str, Any]:
    return {"data": "{}", "content_type": "application/json"} if metodo == "post" else {}


def test_sin_entrar_no_se_ve_nada(con_bot: str) -> None:
    assert estados(Client(), LECTURAS) == {401}
    assert estados(Client(), MANDOS, "post") == {401}
    respuesta = Client().get("/api/v1/estado/")
    assert (respuesta.json()["codigo"], respuesta["WWW-Authenticate"]) == ("ACC-01", "Token")


@pytest.mark.parametrize("rol", ["leer", "operar", "administrar"])
def test_cualquier_rol_lee_con_sesion_y_con_ficha(con_bot: str, rol: str, con_ficha: Any, persona: Any) -> None:
    for cliente in (con_ficha(rol), persona(rol)):
        assert estados(cliente, LECTURAS) == {200}


def test_una_persona_sin_rol_no_ve_nada(con_bot: str, persona: Callable[..., Client]) -> None:
    assert estados(persona("nadie"), LECTURAS) == {403}


@pytest.mark.parametrize("ficha_mala", ["", "Token", "Token nada", "Token é", "Bearer x", "Token " + "a" * 5000])
def test_una_ficha_que_no_vale_es_401_y_nunca_un_fallo(con_bot: str, ficha_mala: str) -> None:
    assert estados(Client(headers={"Authorization": ficha_mala}), LECTURAS[:2]) == {401}


def test_una_ficha_caducada_o_sin_alcance_no_vale(con_bot: str, con_ficha: Callable[..., Client]) -> None:
    cliente = con_ficha("administrar")
    FichaAlcance.objects.all().delete()
    assert estados(cliente, LECTURAS[:2]) == {401}
    cliente = con_ficha("operar")
    AuthToken.objects.update(expiry=RelojSistema().ahora() - timedelta(seconds=1))
    assert estados(cliente, LECTURAS[:2]) == {401}


def test_quien_solo_lee_no_para_ni_reanuda(con_bot: str, con_ficha: Callable[..., Client]) -> None:
    assert estados(con_ficha("leer"), MANDOS, "post") == {403}
    assert freno_vigente() == "ACTIVO"


def test_parar_no_pide_segundo_factor_y_reanudar_si(con_bot: str, con_ficha: Callable[..., Client]) -> None:
    programa = con_ficha("operar")
    dicho = programa.post("/api/v1/alto/", "{}", content_type="application/json")
    assert (dicho.status_code, dicho.json()["freno"], freno_vigente()) == (200, "DETENIDO", "DETENIDO")
    assert OrdenMando.objects.get().orden == "alto"
    negado = programa.post("/api/v1/reanudar/", "{}", content_type="application/json")
    assert (negado.status_code, negado.json()["codigo"], freno_vigente()) == (403, "ACC-05", "DETENIDO")

    usuario = nueva_persona("operar", factor=True)
    alguien = entrar(usuario)
    negado = alguien.post("/api/v1/reanudar/", "{}", content_type="application/json")
    assert (negado.status_code, negado.json()["codigo"]) == (403, "ACC-05")
    reforzar(alguien, usuario, hace_s=301)
    assert alguien.post("/api/v1/reanudar/", "{}", content_type="application/json").status_code == 403
    assert freno_vigente() == "DETENIDO"
    reforzar(alguien, usuario)
    dicho = alguien.post("/api/v1/reanudar/", "{}", content_type="application/json")
    assert (dicho.status_code, dicho.json()["freno"], freno_vigente()) == (200, "ACTIVO", "ACTIVO")
    assert [m.orden for m in OrdenMando.objects.order_by("pk")] == ["alto", "reanudar"]


def test_el_mando_por_sesion_pide_csrf(con_bot: str, persona: Callable[..., Client]) -> None:
    cliente = persona("operar")
    negado = cliente.post("/api/v1/alto/", "{}", content_type="application/json")
    assert (negado.status_code, negado.json()["codigo"], freno_vigente()) == (403, "ACC-08", "ACTIVO")


@pytest.mark.parametrize(
    ("cuerpo", "codigo", "estado"),
    [
        ({"ambito": "bot", "clave": BOT}, "", 200),
        ({"ambito": "bot", "clave": "no_existe"}, "BOT-01", 404),
        ({"ambito": "bot"}, "FRE-02", 400),
        ({"ambito": "global", "clave": "algo"}, "FRE-02", 400),
        ({"ambito": "cuenta", "clave": "deriv:NADIE"}, "FRE-03", 404),
        ({"ambito": "mundo"}, "API-400", 400),
        ({"clave": "\x00"}, "API-400", 400),
        ([1, 2], "API-400", 400),
        ("x", "API-400", 400),
    ],
)
def test_cada_alto_mal_pedido_se_dice_y_no_cambia_nada(
    con_bot: str, con_ficha: Callable[..., Client], cuerpo: Any, codigo: str, estado: int
) -> None:
    respuesta = con_ficha("operar").post("/api/v1/alto/", cuerpo, content_type="application/json")
    assert (respuesta.status_code, respuesta.json().get("codigo", "")) == (estado, codigo)
    assert EstadoFreno.objects.filter(estado="DETENIDO").exists() == (estado == 200)


def test_se_para_una_cuenta_conocida(con_bot: str, con_ficha: Callable[..., Client]) -> None:
    clave = f"deriv:{con_bot}"
    cuerpo = {"ambito": "cuenta", "clave": clave, "motivo": "prueba"}
    dicho = con_ficha("operar").post("/api/v1/alto/", cuerpo, content_type="application/json").json()
    assert [f["estado"] for f in dicho["frenos"] if f["clave"] == clave] == ["DETENIDO"]
    assert freno_vigente(sede="deriv", cuenta=con_bot) == "DETENIDO"


def test_un_estado_ilegible_no_impide_parar(con_bot: str, con_ficha: Callable[..., Client]) -> None:
    EstadoGuardado.objects.update(estado="{}")
    cliente = con_ficha("operar")
    assert cliente.get("/api/v1/estado/").json()["codigo"] == "EST-01"
    for cuerpo in ({}, {"ambito": "bot", "clave": BOT}):
        assert cliente.post("/api/v1/alto/", cuerpo, content_type="application/json").status_code == 200


def test_parar_no_tiene_limite_y_leer_si(con_bot: str, con_ficha: Callable[..., Client], monkeypatch: Any) -> None:
    from dashboard.api.throttling import PorAmbito

    monkeypatch.setattr(PorAmbito, "THROTTLE_RATES", {"lecturas": "3/min", "descargas": "1/min", "mando": "1/min"})
    cliente = con_ficha("operar")
    leidas = [cliente.get("/api/v1/temporizador/").status_code for _ in range(5)]
    assert leidas == [200, 200, 200, 429, 429]
    frenada = cliente.get("/api/v1/temporizador/")
    assert (frenada.json()["codigo"], int(frenada["Retry-After"]) > 0) == ("API-429", True)
    altos = {cliente.post("/api/v1/alto/", {}, content_type="application/json").status_code for _ in range(6)}
    assert altos == {200}


def test_toda_ruta_de_la_api_pide_permiso() -> None:
    """Una vista nueva sin permisos propios es de quien administra; ninguna puede quedar abierta."""
    rutas = [uno for uno in get_resolver().url_patterns if "api/v1" in str(uno.pattern)]
    clases = [getattr(patron.callback, "cls", None) for ruta in rutas for patron in ruta.url_patterns]
    from dashboard.api.permissions import _Rol

    con_vista = [clase for clase in clases if clase is not None]
    assert len(con_vista) >= 16
    for clase in con_vista:
        permisos = [p for p in clase.permission_classes if issubclass(p, _Rol)]
        assert permisos, clase
