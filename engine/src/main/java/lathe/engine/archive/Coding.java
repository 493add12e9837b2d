package lathe.engine.archive;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import lathe.engine.archive.RangeCoder.Bits;
import lathe.engine.graph.UnsupportedModelException;

/**
 * How the bytes of one tensor become bits. The same code writes and reads: a decoder fills the array that an encoder was
 * given. What adaptive bits have learned is kept from tensor to tensor.
 */
sealed interface Coding permits ByteCoding, IntegerCoding, PieceCoding {

    /** Codes all bytes. {@code above} holds those of the tensor before it in the file, or none. */
    void code(RangeCoder coder, byte[] bytes, byte[] above);

    /** True if tensors of so many bytes can be coded, behind one of {@code above} bytes. */
    boolean fits(long bytes, long above);

    /** One word, for reports. */
    String word();

    /** Its number in an archive. */
    int kind();

    /** Writes what {@link #read} reads. */
    void write(DataOutput out) throws IOException;

    /** The adaptive bits of all codings, nothing learned so far. */
    static Bits bits() {
        return new Bits(PieceCoding.FIRST_BIT + PieceCoding.BITS);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws UnsupportedModelException if it is no coding of this version
     */
    static Coding read(int kind, DataInput in) throws IOException {
        return switch (kind) {
            case ByteCoding.KIND -> ByteCoding.read(in);
            case IntegerCoding.KIND -> IntegerCoding.read(in);
            case PieceCoding.KIND -> PieceCoding.read(in);
            default -> throw new UnsupportedModelException("unknown coding %d of a tensor".formatted(kind));
        };
    }
}
