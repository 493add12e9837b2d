package lathe.engine.operator;

/** Four gates: input, output, forget, cell. Weights of peepholes are vectors and left as they are. */
final class Lstm extends Recurrent {

    Lstm(boolean hidden) {
        super("LSTM", 4, hidden);
    }
}
