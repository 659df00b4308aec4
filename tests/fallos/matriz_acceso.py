"""La tabla de acceso: una fila por ruta y método, con quién pasa. Una ruta sin fila o una fila sin ruta es un fallo."""

from typing import Any, NamedTuple

LEER, OPERAR, ADMINISTRAR = "leer", "operar", "administrar"
PAGINA, API, VIVO, PUBLICA, CUENTA, FIRMA, MEDIDAS = "pagina", "api", "vivo", "publica", "cuenta", "firma", "medidas"
# A quien no tiene factor no se le pide nada antes: el propio formulario pide la contraseña, o no hay nada que quitar.
SOLO_CON_FACTOR = {"account_change_password", "mfa_deactivate_totp"}
BOT, IDENT, CLAVE = {"nombre": "uno"}, {"ident": 1}, {"nombre": "TIMONEL_DERIV_TOKEN"}


class Fila(NamedTuple):
    """Una puerta: por dónde se entra (``via``), qué permiso pide y si además pide refuerzo."""

    ruta: str
    metodo: str
    via: str
    rol: str = ""
    refuerzo: bool = False
    datos: dict[str, Any] = {}
    kwargs: dict[str, Any] = {}


def _paginas() -> list[Fila]:
    leer = [
        ("panel:inicio", {}), ("panel:bot", BOT), ("panel:bot_fiabilidad", BOT), ("panel:bot_precio", BOT),
        ("panel:bot_balance", BOT), ("panel:simulacion", {}), ("panel:operaciones", {}), ("panel:operaciones_csv", {}),
        ("panel:operacion", IDENT), ("panel:avisos", {}), ("panel:sistema", {}), ("panel:ajustes", {}),
        ("panel:ajustes_bot", BOT),
    ]  # fmt: skip
    return [
        *(Fila(ruta, "GET", PAGINA, LEER, kwargs=kwargs) for ruta, kwargs in leer),
        Fila("panel:idioma", "POST", PAGINA, LEER, datos={"language": "es"}),
        Fila("panel:parar", "POST", PAGINA, OPERAR, datos={"ambito": "global"}),
        Fila("panel:reanudar", "POST", PAGINA, OPERAR, True, {"ambito": "global"}),
        Fila("panel:probar_aviso", "POST", PAGINA, OPERAR),
        Fila("panel:acusar_aviso", "POST", PAGINA, OPERAR),
        Fila("panel:verificar_auditoria", "POST", PAGINA, OPERAR),
        Fila("panel:ajustes_mando", "POST", PAGINA, OPERAR, True, {"orden": "arrancar"}, BOT),
        Fila("panel:ajustes_mando", "POST", PAGINA, OPERAR, False, {"orden": "parar"}, BOT),
        Fila("panel:ajustes_crear", "POST", PAGINA, ADMINISTRAR),
        Fila("panel:ajustes_previa", "GET", PAGINA, ADMINISTRAR, kwargs=BOT),
        Fila("panel:ajustes_guardar", "POST", PAGINA, ADMINISTRAR, kwargs=BOT),
        Fila("panel:ajustes_invitar", "POST", PAGINA, ADMINISTRAR, True),
        Fila("panel:ajustes_retirar", "POST", PAGINA, ADMINISTRAR),
        Fila("panel:ajustes_emitir", "POST", PAGINA, ADMINISTRAR, True),
        Fila("panel:ajustes_revocar", "POST", PAGINA, ADMINISTRAR),
        Fila("acceso:cuenta", "GET", PAGINA, LEER),
        Fila("acceso:segundo_factor", "GET", PAGINA, LEER),
        Fila("acceso:claves", "GET", PAGINA, ADMINISTRAR, True),
        Fila("acceso:claves", "POST", PAGINA, ADMINISTRAR, True),
        Fila("acceso:clave_borrar", "POST", PAGINA, ADMINISTRAR, True, kwargs=CLAVE),
    ]


def _api() -> list[Fila]:
    leer = [
        ("estado", {}), ("winrate", {}), ("estadisticas", {}), ("historicos", {}), ("historicos_csv", {}),
        ("balance", {}), ("balance_serie", {}), ("temporizador", {}), ("horarios", {}), ("bots", {}), ("bot", BOT),
        ("orden", {"id_cliente": "a"}), ("velas", {}), ("esquema", {}),
    ]  # fmt: skip
    return [
        *(Fila(f"api:{ruta}", "GET", API, LEER, kwargs=kwargs) for ruta, kwargs in leer),
        # Reanudar desde donde no se entiende acaba en 400 antes de abrir el flujo: así no queda abierto.
        Fila("api:eventos", "GET", VIVO, LEER, datos={"desde": "no-es-un-cursor"}),
        Fila("api:alto", "POST", API, OPERAR),
        Fila("api:reanudar", "POST", API, OPERAR, True),
    ]


def _acceso() -> list[Fila]:
    publicas = [
        ("acceso:enlace", {"ficha": "ninguna"}), ("account_login", {}), ("account_logout", {}),
        ("account_inactive", {}), ("mfa_authenticate", {}), ("salud:livez", {}), ("salud:readyz", {}),
    ]  # fmt: skip
    # De la propia cuenta, con cualquier permiso. Con ``refuerzo``: a quien tiene factor se le pide.
    cuenta = [
        ("account_reauthenticate", False, {}), ("mfa_index", False, {}), ("mfa_reauthenticate", False, {}),
        ("mfa_list_webauthn", False, {}), ("mfa_reauthenticate_webauthn", False, {}),
        ("mfa_download_recovery_codes", False, {}), ("mfa_view_recovery_codes", False, {}),
        ("account_change_password", True, {}), ("mfa_activate_totp", True, {}), ("mfa_deactivate_totp", True, {}),
        ("mfa_generate_recovery_codes", True, {}), ("mfa_add_webauthn", True, {}),
        ("mfa_remove_webauthn", True, {"pk": 1}), ("mfa_edit_webauthn", True, {"pk": 1}),
    ]  # fmt: skip
    return [
        *(Fila(ruta, "GET", PUBLICA, kwargs=kwargs) for ruta, kwargs in publicas),
        *(Fila(ruta, "GET", CUENTA, "", refuerzo, kwargs=kwargs) for ruta, refuerzo, kwargs in cuenta),
        Fila("salud:metrics", "GET", MEDIDAS, LEER),
        Fila("avisos_entrantes:estado", "POST", FIRMA),
        Fila("avisos_entrantes:entrante", "POST", FIRMA),
    ]


MATRIZ: tuple[Fila, ...] = (*_paginas(), *_api(), *_acceso())
