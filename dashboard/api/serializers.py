"""La forma de cada respuesta. Describe y no convierte: los datos ya salen así de ``dashboard.selectors``."""

from dashboard.api.formas import Forma, ent, hora, libre, num, objetos, si_no, textos, txt
from dashboard.api.formas_horarios import Horarios as Horarios


class Error(Forma):
    """Todo error de la API."""

    codigo = txt(help_text="Código estable: por él se decide, nunca por el mensaje.")
    mensaje = txt(help_text="La frase, en español.")
    detalle = libre(help_text="Lo que ayude a arreglarlo; vacío si no hay nada.")


class Esperanza(Forma):
    codigo = txt(help_text="sin_datos, por_encima, por_debajo o no_se_distingue.")
    esperado_pct = num(True, help_text="Resultado esperado, en % del monto.")
    frase = txt()


class Cuentas(Forma):
    operaciones = ent()
    ganadas = ent()
    perdidas = ent()
    nulas = ent()
    acierto_pct = num(True)
    acierto_bajo_pct = num(True, help_text="Extremo inferior del intervalo de Wilson al 95 %.")
    acierto_alto_pct = num(True)


class DeQuien(Forma):
    bot = txt()
    sede = txt()
    cuenta = txt()
    entorno = txt()
    moneda = txt()
    clase = txt(help_text="reales, ficticias o todas.")


class Winrate(DeQuien, Cuentas):
    equilibrio_pct = num(True, help_text="Acierto con que ni se gana ni se pierde, al pago reciente.")
    esperanza = Esperanza()


class PorActivo(Cuentas):
    activo = txt()
    beneficio_total = num()


class Tramo(Forma):
    desde_pct = num()
    hasta_pct = num()
    n = ent()
    prevista_pct = num()
    observada_pct = num()
    observada_baja_pct = num()
    observada_alta_pct = num()
    cuadra = si_no()


class Fiabilidad(DeQuien):
    n = ent()
    acierto_pct = num(True)
    brier = num(True)
    brier_base = num(True)
    distingue = si_no(help_text="Si la confianza distingue unas señales de otras.")
    tramos = Tramo(many=True)


class Estadisticas(Winrate):
    ganadas_call = ent()
    ganadas_put = ent()
    perdidas_call = ent()
    perdidas_put = ent()
    beneficio_total = num()
    por_activo = PorActivo(many=True, help_text="Vacía si se pidieron fechas.")
    fiabilidad = Fiabilidad()


class Operacion(Forma):
    id = ent()
    bot = txt()
    sede = txt()
    cuenta = txt()
    entorno = txt()
    ficticia = si_no()
    origen = txt()
    activo = txt()
    nombre_activo = txt()
    direccion = txt()
    tipo_orden = txt()
    estado = txt()
    resultado = txt(True)
    monto = num()
    moneda = txt()
    pago = num(True)
    cobrado = num(True)
    beneficio = num(True)
    confianza_pct = num(True)
    precio_entrada = num(True)
    precio_salida = num(True)
    hora_inicio = hora()
    hora_fin = hora(True)
    liquidada_en = hora(True)
    numero_contrato = txt(True)
    id_cliente = txt(True)


class Historicos(Forma):
    resultados = Operacion(many=True)
    siguiente = txt(True, help_text="Cursor de la página siguiente; nulo en la última.")


class Balance(Forma):
    bot = txt()
    sede = txt()
    cuenta = txt()
    moneda = txt()
    balance = num()
    disponible = num()
    comprometido = num()
    inicial = num()
    beneficio_total = num()
    movimientos_ajenos = num()
    pico = num()
    base = num()
    objetivo = num()
    nivel_stop = num()
    en = hora()


class Equidad(Forma):
    entorno = txt()
    moneda = txt()
    balance = num()
    cuentas = ent()


class Balances(Forma):
    balances = Balance(many=True)


class PuntoSerie(Forma):
    en = hora()
    balance = num()
    nivel_stop = num()
    objetivo = num()
    tanda = ent()
    suceso = txt(help_text="nada, meta, stop, tanda (empieza otra) o ajeno.")


class Serie(Forma):
    bot = txt()
    sede = txt()
    cuenta = txt()
    diezmada = si_no()
    puntos = PuntoSerie(many=True)
    actual = Balance()


class Temporizador(Forma):
    bot = txt()
    ciclo = txt()
    parado = si_no()
    desde = hora(help_text="Desde cuándo está en este ciclo.")
    parado_desde = hora(True)
    acaba_en = hora(True, help_text="Fin de la espera en curso.")
    falta_s = ent(True)
    reanuda_en = hora(True)
    entra_en = hora(True)
    hora_elegida = ent(True)
    motivo = txt()
    zona = txt()
    ahora = hora()


class Hoy(Forma):
    fecha = txt()
    beneficio = num()
    ganadas = ent()
    perdidas = ent()
    nulas = ent()


class Acierto(Forma):
    ganadas = ent()
    perdidas = ent()
    pct = num(True)
    bajo_pct = num(True)
    alto_pct = num(True)


class FrenoDeBot(Forma):
    cuenta = txt()
    bot = txt()
    bandera = si_no(help_text="Hay un fichero ALTO puesto.")
    vigente = txt(help_text="El más estricto: ACTIVO, REDUCIENDO o DETENIDO.")
    motivos = textos()

    def get_fields(self) -> dict[str, object]:
        """Devuelve los campos más «global», que en Python es una palabra reservada."""
        return {"global": txt(), **super().get_fields()}


class Jefe(Forma):
    titular = txt(True)
    ficha = ent(True)
    vigente = si_no()
    pid = ent(True)


class LatidoVisto(Forma):
    conectado = si_no()
    listo = si_no()
    motivo = libre(True)
    reconciliado_hace_s = num(True)
    contrato = libre(True)
    precios = libre()
    candidatos = objetos()
    ficticias = libre(True)
    version = txt()
    en = hora()
    edad_s = num()
    vivo = si_no()
    proceso = txt()


class Bot(Forma):
    """Todo lo que se cuenta de un bot. Importes en su moneda."""

    bot = txt()
    sede = txt()
    cuenta = txt()
    entorno = txt()
    simulado = si_no()
    moneda = txt()
    zona = txt()
    ciclo = txt()
    desde = hora()
    pausado_en = hora(True)
    reanuda_en = hora(True)
    entra_en = hora(True)
    hora_elegida = ent(True)
    falta_s = ent(True)
    actualizado_en = hora()
    balance = num()
    comprometido = num()
    beneficio_total = num()
    movimientos_ajenos = num()
    tanda = ent()
    operaciones_tanda = ent()
    metas_tanda = ent()
    base = num()
    meta = num()
    objetivo = num()
    pico = num()
    perdida_acumulada = num()
    nivel_stop = num()
    monto_siguiente = num(True)
    ganadas = ent()
    perdidas = ent()
    nulas = ent()
    hoy = Hoy()
    acierto = Acierto()
    abiertas = objetos()
    ultimas = objetos()
    freno = FrenoDeBot()
    jefe = Jefe()
    por_resolver = objetos()
    puede_entrar = si_no()
    aviso = txt()
    latido = LatidoVisto(allow_null=True)
    temporizador = Temporizador()
    progreso_pct = num(True, help_text="Dónde está el balance entre el nivel del stop (0) y la meta (100).")
    activos = textos()
    familia = txt()


class Bots(Forma):
    bots = Bot(many=True)
    sin_operar = textos()
    equidad = Equidad(many=True)


class Freno(Forma):
    ambito = txt()
    clave = txt()
    estado = txt()
    motivo = txt()
    actor = txt()
    en = hora()


class Estado(Bots):
    frenos = Freno(many=True)
    ahora = hora()


class EstadoDeOrden(Forma):
    estado = txt()
    en = hora()
    motivo = txt()
    accion = txt()
    actor = txt()


class VidaDeOrden(Forma):
    orden = libre()
    estados = EstadoDeOrden(many=True)
    ejecuciones = objetos()
    operacion = Operacion(allow_null=True)


class Vela(Forma):
    inicio = hora()
    apertura = num()
    maximo = num()
    minimo = num()
    cierre = num()
    ticks = ent()


class Marca(Forma):
    id = ent()
    numero_contrato = txt(True)
    direccion = txt()
    ficticia = si_no()
    resultado = txt(True)
    beneficio = num(True)
    monto = num()
    precio_entrada = num(True)
    precio_salida = num(True)
    hora_inicio = hora()
    hora_fin = hora(True)


class Velas(Forma):
    bot = txt()
    sede = txt()
    cuenta = txt()
    simbolo = txt()
    velas = Vela(many=True)
    marcas = Marca(many=True)


class Mandado(Forma):
    """Lo que quedó tras parar o reanudar."""

    ambito = txt()
    clave = txt()
    freno = txt()
    frenos = Freno(many=True)
