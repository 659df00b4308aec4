"""Los nombres fijos de los interruptores de la Twilio de laboratorio.

Cada uno espera su ocasión: los de envío, la próxima petición de crear un mensaje; los de lista, la próxima lectura; los
de aviso, el próximo aviso de entrega.
"""

CREDENCIALES = "20003_credenciales"
DEMASIADAS = "20429_demasiadas"
DESTINO = "21211_destino"
SIN_VERIFICAR = "21608_sin_verificar"
BAJA = "21610_baja"
REMITENTE = "63007_remitente"
NO_UNIDO = "63015_no_unido"  # aceptado; falla después
FUERA_DE_VENTANA = "63016_fuera_de_ventana"  # aceptado; falla después
RITMO_CANAL = "63018_ritmo_canal"  # aceptado; falla después
ERROR_503 = "503_vacio"  # no lo aceptó
ERROR_503_TRAS = "503_tras_aceptar"
JSON_ROTO = "json_roto_tras_aceptar"
PLAZO_TRAS = "plazo_tras_aceptar"
LLEGADA_TARDIA = "llegada_tardia"  # el cliente ya se fue cuando lo acepta
CORTE_ANTES = "corte_antes_de_aceptar"
CORTE_TRAS = "corte_tras_aceptar"
LISTA_TARDE = "lista_con_retraso"  # lo aceptado tarda en aparecer
LISTA_503 = "lista_503"
AVISO_REPETIDO = "aviso_repetido"
AVISO_PERDIDO = "aviso_perdido"
AVISO_DESORDENADO = "aviso_desordenado"

ANTES = {
    CREDENCIALES: (401, 20003, "Authenticate"),
    DEMASIADAS: (429, 20429, "Too Many Requests"),
    DESTINO: (400, 21211, "The 'To' number is not a valid phone number."),
    SIN_VERIFICAR: (400, 21608, "The number is unverified. Trial accounts may only send messages to verified numbers."),
    BAJA: (400, 21610, "Attempt to send to unsubscribed recipient"),
    REMITENTE: (400, 63007, "Twilio could not find a Channel with the specified From address"),
}
DESPUES = {NO_UNIDO: 63015, FUERA_DE_VENTANA: 63016, RITMO_CANAL: 63018}
DE_ENVIO = (
    *ANTES,
    *DESPUES,
    ERROR_503,
    ERROR_503_TRAS,
    JSON_ROTO,
    PLAZO_TRAS,
    LLEGADA_TARDIA,
    CORTE_ANTES,
    CORTE_TRAS,
    LISTA_TARDE,
)
DE_LISTA = (LISTA_503,)
DE_AVISO = (AVISO_REPETIDO, AVISO_PERDIDO, AVISO_DESORDENADO)
TODOS = (*DE_ENVIO, *DE_LISTA, *DE_AVISO)
# Los que se curan solos: un mensaje con ellos debe acabar llegando, y una sola vez.
PASAJEROS = (
    DEMASIADAS,
    RITMO_CANAL,
    ERROR_503,
    ERROR_503_TRAS,
    JSON_ROTO,
    PLAZO_TRAS,
    LLEGADA_TARDIA,
    CORTE_ANTES,
    CORTE_TRAS,
    LISTA_TARDE,
)
