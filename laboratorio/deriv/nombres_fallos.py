"""Los nombres fijos de los interruptores: los 20 numerados y unos pocos más para la matriz de fallos."""

NUMERADOS = (
    "F01_cierre_antes_de_comprar",
    "F02_compra_y_cierre",
    "F03_respuesta_tardia",
    "F04_error_tras_ejecutar",
    "F05_medio_abierto",
    "F06_duplicados",
    "F07_final_suprimido",
    "F08_liquidacion_tardia",
    "F09_caida_en_liquidacion",
    "F10_limite_de_ritmo",
    "F11_ticks_rancios",
    "F12_mercado_cerrado",
    "F13_token_revocado",
    "F14_solo_cuenta_real",
    "F15_precio_movido",
    "F16_contrato_anulado",
    "F17_campos_raros",
    "F18_marcos_malformados",
    "F19_balance_ajeno",
    "F20_contratos_gemelos",
)
(F01, F02, F03, F04, F05, F06, F07, F08, F09, F10, F11, F12, F13, F14, F15, F16, F17, F18, F19, F20) = NUMERADOS
# Los que pasan solos y se pueden sortear en cada contrato; los demás acaban la sesión o piden una persona.
TRANSITORIOS = tuple(n for n in NUMERADOS if n not in (F13, F14, F19, F20))
LLEGADA_TARDIA = "llegada_tardia"
RECHAZO_TRAS_DESCONOCIDA = "rechazo_tras_desconocida"
LISTADO_RANCIO = "listado_rancio"
COTIZACION_RARA = "cotizacion_rara"
ERROR_REST = "error_rest"
OTROS = (LLEGADA_TARDIA, RECHAZO_TRAS_DESCONOCIDA, LISTADO_RANCIO, COTIZACION_RARA, ERROR_REST)
