"""Todas las páginas del panel, para recorrerlas enteras: direcciones y cómo se llaman."""

BOT_VIVO, BOT_EN_PAUSA = "deriv_dinamico", "deriv_nocturno"
CON_SESION = {
    "inicio": "/",
    "bot": f"/bots/{BOT_EN_PAUSA}/",
    "bot_en_vivo": f"/bots/{BOT_VIVO}/",
    "simulacion": f"/simulacion/?bot={BOT_EN_PAUSA}",
    "simulacion_historia": f"/simulacion/?bot={BOT_EN_PAUSA}&vista=historia",
    "operaciones": "/operaciones/",
    "operaciones_sin_nada": "/operaciones/?direccion=BUY",
    "avisos": "/avisos/",
    "sistema": "/sistema/",
    "ajustes": "/ajustes/",
    "ajustes_bot": f"/ajustes/bots/{BOT_EN_PAUSA}/",
    "ajustes_previa": f"/ajustes/bots/{BOT_EN_PAUSA}/previa/?regla__stop_pct=2&contrato__pago_min_pct=90",
    "ajustes_con_fallos": f"/ajustes/bots/{BOT_EN_PAUSA}/previa/?regla__stop_pct=dos&regla__monto_pct=9",
    "claves": "/acceso/claves/",
    "cuenta": "/acceso/cuenta/",
    "segundo_factor": "/acceso/factor/",
    "confirmar": "/acceso/factor/confirmar/",
    "no_existe": "/no-existe/",
}
SIN_SESION = {"entrar": "/acceso/entrar/", "enlace_gastado": "/acceso/enlace/gastado/"}
ANCHOS = {"movil": 390, "escritorio": 1440}
TEMAS = ("claro", "oscuro")


def guion_tema(tema: str) -> str:
    """Devuelve el guion que elige el tema antes de que la página se pinte, como lo deja el conmutador."""
    return f"try {{ localStorage.setItem('timonel.tema', '{tema}'); }} catch (e) {{}}"
