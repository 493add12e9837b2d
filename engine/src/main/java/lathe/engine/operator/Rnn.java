package lathe.engine.operator;

/** One gate. */
final class Rnn extends Recurrent {

    Rnn(boolean hidden) {
        super("RNN", 1, hidden);
    }
}
