//! Which formats there are.

/// What a file is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet, compressed: for DuckDB, Polars, pandas, Spark.
    Parquet,
    /// Arrow IPC ("Feather"), compressed: for Polars, pandas, R, Julia.
    Arrow,
    /// Comma-separated text, and a JSON file beside it: for everything.
    Csv,
    /// NetCDF 3, 64-bit offsets: for xarray, MATLAB, Julia, Panoply.
    Netcdf,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 4] = [Format::Parquet, Format::Arrow, Format::Csv, Format::Netcdf];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::Csv => "csv",
            Format::Netcdf => "netcdf",
        }
    }

    /// How the names of its files end.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Netcdf => "nc",
            _ => self.name(),
        }
    }

    /// The format of this name, or of files that end so.
    pub fn named(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|it| it.name() == name || it.extension() == name)
    }
}
