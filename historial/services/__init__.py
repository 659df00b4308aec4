"""Lo que escribe en el historial. Todo es síncrono y se puede componer dentro de una transacción de quien llama."""
