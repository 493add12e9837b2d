package lathe.engine.grid;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Whole kernels chosen from a {@link Codebook} that all layers with vectors of the same length share, one scale per output
 * channel: 0.89 bits a weight for kernels of 3 x 3, twice that with two tables. A weight's code is its integer in the
 * chosen vector. After Son, Nah and Lee, Clustering Convolutional Kernels to Compress Deep Neural Networks, ECCV 2018.
 *
 * @param tables of the codebook, 1 or 2
 * @param codebook empty before it is fitted to the network
 */
public record CodebookFormat(int tables, Optional<Codebook> codebook) implements WeightFormat {

    private static final IntegerLevels INTEGERS = new IntegerLevels(QuantGrid.symmetric(Short.SIZE));

    public CodebookFormat {
        if (tables < 1
                || tables > 2
                || codebook.filter(book -> book.tables() != tables).isPresent()) {
            throw new IllegalArgumentException("codebook of %d tables".formatted(tables));
        }
    }

    /** The format before a codebook is fitted. */
    public static CodebookFormat of(int tables) {
        return new CodebookFormat(tables, Optional.empty());
    }

    /** The same with a codebook. */
    public CodebookFormat with(Codebook fitted) {
        return new CodebookFormat(tables, Optional.of(fitted));
    }

    /** The same with a codebook of other numbers, where it has none, that takes the same room. */
    @Override
    public CodebookFormat standIn(int cols, int taps) {
        OptionalInt length = Codebook.length(cols, taps);
        return codebook.isPresent() || length.isEmpty() ? this : with(Codebook.standIn(length.getAsInt(), tables));
    }

    @Override
    public String name() {
        return tables == 1 ? "kernel-codebook" : "kernel-codebook2";
    }

    @Override
    public Levels levels() {
        return INTEGERS;
    }

    /** Bits of a weight, rounded up. */
    @Override
    public int bits() {
        return tables;
    }

    @Override
    public Sharing sharing() {
        return Sharing.CHANNEL;
    }

    @Override
    public int block() {
        return 0;
    }

    /** False: a kernel that has to keep some zeros would find no entry that has them. */
    @Override
    public boolean hasZero() {
        return false;
    }

    /** The same: an output has one scale. */
    @Override
    public WeightFormat with(Sharing sharing, int block) {
        return this;
    }
}
