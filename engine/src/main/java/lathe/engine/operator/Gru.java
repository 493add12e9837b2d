package lathe.engine.operator;

/**
 * Three gates: update, reset, hidden. Without {@code linear_before_reset}, the last gate multiplies its weights with the
 * hidden states times the reset gate, element by element; H is that of the hidden states nevertheless, since the node writes
 * these alone.
 */
final class Gru extends Recurrent {

    Gru(boolean hidden) {
        super("GRU", 3, hidden);
    }
}
