package lathe.synth.statistics;

import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.input.InputOptions;

class SyntheticMeasurementTest extends MeasurementContract {
    @Override
    StatisticsSource source(int images, int threads) {
        return StatisticsSources.synthetic(InputOptions.DEFAULT.withImages(images), threads);
    }
}
