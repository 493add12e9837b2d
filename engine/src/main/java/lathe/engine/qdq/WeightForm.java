package lathe.engine.qdq;

/**
 * How the weights of a layer that computes in float are written. All give the same weights to the bit, and all but
 * {@link #NBITS} and {@link #DYNAMIC} the same products. Layers with an integer kernel always have DequantizeLinear, which ONNX Runtime fuses
 * into the kernel.
 */
public enum WeightForm {

    /**
     * Cast, Sub of the zero points, Mul by the scales, of codes in a type of ONNX or, where that takes fewer bytes, packed in
     * as many bits as they have, or without their zeros. ONNX Runtime computes these once, when it loads the model, and
     * then runs at the speed of FP32.
     */
    CAST,

    /**
     * DequantizeLinear of codes in a type of ONNX, which other tools look for. ONNX Runtime (1.29) computes it again in every run, except for a
     * MatMul: that becomes MatMulNBits, which is faster for one row of inputs and slower for many.
     */
    DEQUANTIZE,

    /**
     * Products with a matrix of 4 or 8 bits, in blocks, as the operator MatMulNBits of ONNX Runtime, which no other runtime has:
     * its kernels read the codes as they are, and round inputs to 8 bits. All else as {@link #CAST}.
     */
    NBITS,

    /**
     * Products with a matrix of 8 bits as MatMulInteger of ONNX, with inputs that DynamicQuantizeLinear rounds to 8 bits between
     * the least and the largest of a run. All else as {@link #CAST}.
     */
    DYNAMIC,

    /** As {@link #CAST}, but never packed: an entropy coder, which archives have, stores whole codes in fewer bytes. */
    ARCHIVE;

    /** True if there are products that round their inputs themselves, so that activations stay in float. */
    public boolean roundsInputs() {
        return this == NBITS || this == DYNAMIC;
    }

    /** True if weights may be packed in as many bits as they have. */
    boolean isPacked() {
        return this != DEQUANTIZE && this != ARCHIVE;
    }

    /** True if ONNX Runtime makes constant floats of codes when it loads the model. */
    boolean isFolded() {
        return this != DEQUANTIZE;
    }
}
