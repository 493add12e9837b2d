package lathe.engine.operator;

/** Weights stored as outputs x inputs/groups x kernel. */
final class Conv extends Convolution {

    Conv() {
        super("Conv", false);
    }
}
