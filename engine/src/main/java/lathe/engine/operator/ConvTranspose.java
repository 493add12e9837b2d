package lathe.engine.operator;

/** Weights stored as inputs x outputs/groups x kernel; a group's inputs are next to each other. */
final class ConvTranspose extends Convolution {

    ConvTranspose() {
        super("ConvTranspose", true);
    }
}
