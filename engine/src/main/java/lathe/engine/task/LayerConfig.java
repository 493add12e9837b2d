package lathe.engine.task;

import java.util.Optional;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.prune.Sparsity;
import lathe.engine.report.LayerReport;
import lathe.engine.solve.LayerSolver;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;

/**
 * How one layer is compressed.
 *
 * @param format of its weights; empty for FP32
 * @param sparsity which weights become zero; empty for none but those that are
 * @param solver that finds codes
 * @param options of that solver
 * @param floatInputs true to leave what it reads in float, even where activations are quantized
 */
public record LayerConfig(
        Optional<WeightFormat> format,
        Optional<Sparsity> sparsity,
        Solver solver,
        SolverOptions options,
        boolean floatInputs) {

    /** A layer that stays as it is. */
    public static final LayerConfig UNCHANGED =
            new LayerConfig(Optional.empty(), Optional.empty(), Solver.BEST, SolverOptions.DEFAULT, false);

    /** Weights of this format, none of them pruned, found by the best solver. */
    public static LayerConfig of(WeightFormat format) {
        return UNCHANGED.withFormat(Optional.of(format));
    }

    /** True if it leaves a layer as it is. */
    public boolean isUnchanged() {
        return format.isEmpty() && sparsity.isEmpty();
    }

    /** True if the weights have so few bits, or so many zeros, that how they are found matters. */
    public boolean isCoarse() {
        return sparsity.filter(asked -> asked.zeros() > 0).isPresent() || hasFewBits();
    }

    /** True if the weights have fewer bits than rounding to nearest needs. */
    public boolean hasFewBits() {
        return format.filter(WeightFormat::isCoarse).isPresent();
    }

    /** The name of the format of the weights. */
    public String formatName() {
        return format.map(WeightFormat::name).orElse(LayerReport.FLOAT);
    }

    /** Bits of a weight, those of a float where there are no codes. */
    public int bits() {
        return format.map(WeightFormat::bits).orElse(Float.SIZE);
    }

    /** The same with other weights. */
    public LayerConfig withFormat(Optional<WeightFormat> newFormat) {
        return new LayerConfig(newFormat, sparsity, solver, options, floatInputs);
    }

    /** The same with codes of this many bits; weights in float stay so. */
    public LayerConfig withBits(int bits) {
        return withFormat(format.map(given -> given.withBits(bits)));
    }

    /** The same with these weights zero. */
    public LayerConfig withSparsity(Optional<Sparsity> newSparsity) {
        return new LayerConfig(format, newSparsity, solver, options, floatInputs);
    }

    /** The same with integers of as many bits, 2 for 1, if it is to have zeros and its format has no level of 0. */
    public LayerConfig withLevelOfZero() {
        boolean without =
                sparsity.isPresent() && !format.map(WeightFormat::hasZero).orElse(true);
        return without ? withBits(Math.max(QuantGrid.FEWEST_BITS, bits())) : this;
    }

    /** The same with another solver. */
    public LayerConfig withSolver(Solver newSolver) {
        return new LayerConfig(format, sparsity, newSolver, options, floatInputs);
    }

    /** The same with its inputs in float. */
    public LayerConfig withFloatInputs() {
        return new LayerConfig(format, sparsity, solver, options, true);
    }

    /**
     * The solver for these weights, which are not floats.
     *
     * @param inputs of an output
     */
    public LayerSolver layerSolver(int inputs) {
        return solver.of(format.orElseThrow(), options.neededFor(format.orElseThrow(), inputs));
    }

    /** The name of the method by which the weights of a layer are found, for reports. */
    public String methodFor(Layer layer) {
        if (isUnchanged()) {
            return "none";
        }
        if (!layer.hasWholeGram()) {
            return "nearest";
        }
        return format.isPresent() ? layerSolver(layer.cols()).nameFor(layer.cols()) : "least squares";
    }
}
