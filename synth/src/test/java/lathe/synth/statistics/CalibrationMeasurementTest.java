package lathe.synth.statistics;

import java.util.Map;
import lathe.engine.pipeline.StatisticsSource;

class CalibrationMeasurementTest extends MeasurementContract {
    @Override
    StatisticsSource source(int images, int threads) {
        return CalibrationSource.of(Map.of("image", FashionPhotographs.tensor(images)), threads, 0);
    }
}
